"""What runs in a process of the project, with the project's Python: the standard library and Django, and
of a worker that is asked its own library.

python PATH/inside ACTION ANSWER_FILE [ARGUMENT ...]
"""
