"""kubectl: where it comes from, and what its messages mean. https://kubernetes.io/docs/reference/kubectl/"""

from __future__ import annotations

from ....adapter.cli import Tool

NO_CONTEXT = "no context"

PROBLEMS = (
    (r"(?i)no matches for kind \"(?:HTTPRoute)\"",
     "The cluster has no Gateway API: install a gateway (https://gateway-api.sigs.k8s.io/implementations/), or choose "
     "-d kubernetes_route=ingress."),
    (r"(?i)no matches for kind \"(?:Cluster|Pooler|ScheduledBackup)\"",
     "The cluster has no CloudNativePG: install it (https://cloudnative-pg.io/documentation/current/installation_upgrade/), or "
     "choose -d deploy_database=external."),
    (r"(?i)no matches for kind \"ObjectStore\"",
     "The cluster lacks the Barman Cloud plugin of CloudNativePG: install it "
     "(https://cloudnative-pg.io/plugin-barman-cloud/docs/installation/)."),
    (r"(?i)conflict(?:s)? with \"",
     "These fields were changed by hand in the cluster: write the changes into the manifests and commit them, or undo them in "
     "the cluster, then run this again."),
    (r"(?i)field is immutable",
     "Kubernetes cannot change that field of an existing object: delete the object by hand, or undo the change in the "
     "manifests, then run this again."),
    (r"(?i)You must be logged in to the server|the server has asked for the client to provide credentials",
     "Log in to the cluster again, then run this again."),
    (r"(?i)is forbidden: exceeded quota", "The namespace's quota is used up: `kubectl describe quota` shows it."),
    (r"(?i)is forbidden",
     "Your account has no permission for it in this cluster: ask its administrator, or choose another context with "
     "`kubectl config use-context NAME`."),
    (r"(?i)context \"[^\"]*\" does not exist|no context exists with the name",
     "`kubectl config get-contexts` lists the contexts."),
    (r"(?i)executable file not found.*\bdiff\b|exec: \"diff\"", "kubectl needs the program `diff`: install diffutils."),
)  # fmt: skip


def tool() -> Tool:
    return Tool(
        names=("kubectl",),
        title="Kubernetes",
        version=("version", "--client"),
        oldest=(1, 28),  # two minor versions older than the oldest cluster, as the version skew policy allows
        # A context is who asks, and which cluster: https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
        whoami=("config", "current-context"),
        login="kubectl config use-context NAME",
        nobody=NO_CONTEXT,
        install={
            "Linux": "see https://kubernetes.io/docs/tasks/tools/install-kubectl-linux/",
            "macOS": "brew install kubectl",
            "Windows": "winget install Kubernetes.kubectl",
        },
        environ={"KUBECTL_EXTERNAL_DIFF": ""},
        problems=PROBLEMS,
        noise=r"^Warning: |^diff -u |^exit status 1$",
    )
