using System.Security.Cryptography.X509Certificates;
using MeshCA.IntegrationTests.Agents;
using MeshCA.IntegrationTests.Running;
using TestSupport;
using Xunit;

namespace MeshCA.IntegrationTests.Issuing;

/// <summary>Every kind of certificate that the service makes, judged strictly by openssl, in the middle of a rotation of the root.</summary>
public sealed class OpenSslProfilesTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Openssl_verifies_leaf_intermediate_roots_cross_serving_and_bundle_endpoint_certificates()
    {
        // Leaves that live for long keep the rotation where the old root is trusted still and the new one signs.
        await using var mesh = await ShortLivedMesh.StartAsync(("Issuance:DefaultLifetime", "00:02:00"), ("Issuance:MaxLifetime", "00:02:00"));
        using var client = mesh.Mesh.Connect();
        using var key = WorkloadKey.P256();
        var answer = await AskAsync();
        var old = Assert.Single(answer.Bundle);
        await mesh.BeginRotationAsync();
        await Eventually.TrueAsync(
            async () =>
            {
                answer = await AskAsync();
                return answer.Middle.Any(IsCross);
            },
            "a certificate below the new root", Patience);
        var fresh = Assert.Single(answer.Bundle, root => root.Thumbprint != old.Thumbprint);
        var cross = Assert.Single(answer.Middle, IsCross);
        var intermediate = Assert.Single(answer.Middle, middle => middle.Issuer == fresh.Subject);

        var oldFile = Write("old.pem", old.ExportCertificatePem());
        var newFile = Write("new.pem", fresh.ExportCertificatePem());
        var leafFile = Write("leaf.pem", answer.Elements[0]);
        var chainFile = Write("chain.pem", answer.IntermediatesPem);
        var intermediateFile = Write("intermediate.pem", intermediate.ExportCertificatePem());
        foreach (var purpose in (string[])["sslserver", "sslclient"])
        {
            await VerifyAsync(leafFile, newFile, "-purpose", purpose, "-untrusted", intermediateFile);
            await VerifyAsync(leafFile, oldFile, "-purpose", purpose, "-untrusted", chainFile); // through the cross-certificate
        }

        await VerifyAsync(intermediateFile, newFile, "-check_ss_sig");
        await VerifyAsync(Write("cross.pem", cross.ExportCertificatePem()), oldFile, "-check_ss_sig");
        await VerifyAsync(oldFile, oldFile, "-check_ss_sig");
        await VerifyAsync(newFile, newFile, "-check_ss_sig");

        foreach (var (address, name) in ((Uri, string[])[])[(mesh.Mesh.Address, ["-verify_hostname", "localhost"]), (mesh.Mesh.SpiffeBundleAddress!, [])])
        {
            var output = await OpenSsl.RunAsync("\n", [
                "s_client", "-connect", $"127.0.0.1:{address.Port}", "-verify_return_error", "-verify", "5", "-x509_strict",
                "-CAfile", newFile, "-no-CApath", "-no-CAstore", .. name]);
            Assert.Contains("Verify return code: 0 (ok)", output, StringComparison.Ordinal);
        }

        bool IsCross(X509Certificate2 middle) => middle.Issuer == old.Subject && answer.Bundle.Any(root => root.Subject == middle.Subject);

        Task<CsrAnswer> AskAsync() => client.AskAsync(key.Csr(), new Ask { Token = mesh.Mesh.Home.Token() });
    }

    private static async Task VerifyAsync(string certificate, string roots, params string[] more) => Assert.Contains(
        ": OK", await OpenSsl.RunAsync(["verify", "-x509_strict", "-no-CApath", "-no-CAstore", "-CAfile", roots, .. more, certificate]), StringComparison.Ordinal);

    private string Write(string name, string pem)
    {
        System.IO.File.WriteAllText(_directory.File(name), pem);
        return _directory.File(name);
    }
}
