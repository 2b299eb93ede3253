using System.ComponentModel.DataAnnotations;
using MeshCA.Configuration;
using Xunit;

namespace MeshCA.Tests.Configuration;

public sealed class CertificateSigningOptionsTests
{
    [Theory]
    [InlineData("meshca.io/workload", true)]
    [InlineData("signers.example.org/mesh-a.b", true)]
    [InlineData("workload", false)]
    [InlineData("meshca/workload", false)]
    [InlineData("meshca.io/", false)]
    [InlineData("meshca.io/a/b", false)]
    [InlineData("MeshCA.io/workload", false)]

    // What kubelets and API servers trust is not for a mesh's authority to sign.
    [InlineData("kubernetes.io/kubelet-serving", false)]
    [InlineData("kubernetes.io/kube-apiserver-client-kubelet", false)]
    [InlineData("x.kubernetes.io/workload", false)]
    [InlineData("k8s.io/workload", false)]
    [InlineData("certificates.k8s.io/workload", false)]
    public void A_signer_name_has_a_domain_that_is_not_kubernetes_own(string name, bool isValid) =>
        Assert.Equal(isValid, Faults(new() { SignerNames = [name] }).Count == 0);

    [Theory]
    [InlineData("istio-system/istiod", true)]
    [InlineData("istiod", false)]
    [InlineData("a/b/c", false)]
    public void A_trusted_requester_is_a_service_account(string account, bool isValid) =>
        Assert.Equal(isValid, Faults(new() { SignerNames = ["meshca.io/workload"], TrustedRequesters = [account] }).Count == 0);

    [Fact]
    public void Nothing_is_approved_where_nothing_is_signed() => Assert.Single(Faults(new() { ApproveOwnIdentity = true }));

    [Fact]
    public void By_default_requests_are_left_alone()
    {
        var options = new CertificateSigningOptions();
        Assert.Empty(options.SignerNames);
        Assert.False(options.ApproveOwnIdentity);
        Assert.Empty(Faults(options));
    }

    private static List<ValidationResult> Faults(CertificateSigningOptions options) => [.. options.Validate(new ValidationContext(options))];
}
