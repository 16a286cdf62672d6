// Asks before a book leaves the list of loans, and keeps the search field in the hand.
document.addEventListener("DOMContentLoaded", () => {
  for (const form of document.querySelectorAll('form[action*="/back/"]')) {
    form.addEventListener("submit", (event) => {
      if (!window.confirm("Is the book back?")) {
        event.preventDefault();
      }
    });
  }

  const search = document.querySelector(".search input");
  document.addEventListener("keydown", (event) => {
    if (search && event.key === "/" && !["INPUT", "TEXTAREA"].includes(document.activeElement.tagName)) {
      event.preventDefault();
      search.focus();
    }
  });
});
