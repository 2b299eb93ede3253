using System.Text;
using System.Text.Json.Nodes;
using Kubernetes.Tests.Running;
using MeshCA.IntegrationTests.Running;

namespace Kubernetes.Tests.Signing;

/// <summary>CertificateSigningRequests, made with kubectl as a service account makes them.</summary>
internal static class SigningRequests
{
    public const string Signer = "meshca.io/workload";

    /// <summary>Lets the accounts of a namespace make requests.</summary>
    public static async Task AllowAsync(KubernetesCluster cluster, string ns)
    {
        if (await cluster.Admin.FindAsync("/apis/rbac.authorization.k8s.io/v1/clusterroles/request-certificates") is null)
        {
            await cluster.KubectlAsync("", "create", "clusterrole", "request-certificates", "--verb=create", "--resource=certificatesigningrequests");
        }

        await cluster.KubectlAsync(
            "", "create", "clusterrolebinding", $"request-certificates-{ns}", "--clusterrole=request-certificates", $"--group=system:serviceaccounts:{ns}");
    }

    /// <summary>Makes one.</summary>
    public static Task CreateAsync(KubernetesCluster cluster, string name, string ns, string account, string csr, string signer = Signer)
    {
        var request = new JsonObject
        {
            ["apiVersion"] = "certificates.k8s.io/v1",
            ["kind"] = "CertificateSigningRequest",
            ["metadata"] = new JsonObject { ["name"] = name },
            ["spec"] = new JsonObject
            {
                ["signerName"] = signer,
                ["request"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(csr)),
                ["usages"] = new JsonArray("digital signature", "client auth", "server auth"),
            },
        };
        return cluster.KubectlAsync(
            request.ToJsonString(),
            "create", "-f", "-", $"--as=system:serviceaccount:{ns}:{account}",
            "--as-group=system:serviceaccounts", $"--as-group=system:serviceaccounts:{ns}", "--as-group=system:authenticated");
    }

    /// <summary>Approves one, as a person does.</summary>
    public static Task ApproveAsync(KubernetesCluster cluster, string name) => cluster.KubectlAsync("", "certificate", "approve", name);

    /// <summary>Waits for what became of one.</summary>
    /// <returns>Its status.</returns>
    public static async Task<JsonNode> StatusAsync(KubernetesCluster cluster, string name)
    {
        JsonNode? status = null;
        await Eventually.TrueAsync(
            async () => (status = (await cluster.Admin.GetAsync($"/apis/certificates.k8s.io/v1/certificatesigningrequests/{name}"))["status"]) is { } known
                && (known["certificate"] is not null || Conditions(known).Contains("Failed")),
            $"the end of {name}");
        return status!;
    }

    /// <summary>Names of the conditions of a status.</summary>
    public static IEnumerable<string> Conditions(JsonNode status) =>
        status["conditions"]?.AsArray().Select(condition => condition!["type"]!.GetValue<string>()) ?? [];

    /// <summary>Reason of the condition <c>Failed</c>.</summary>
    public static string FailureOf(JsonNode status) =>
        status["conditions"]!.AsArray().Single(condition => condition!["type"]!.GetValue<string>() == "Failed")!["reason"]!.GetValue<string>();
}
