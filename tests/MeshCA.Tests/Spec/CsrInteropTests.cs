using System.Diagnostics;
using MeshCA.Cryptography;
using MeshCA.Csr;
using Xunit;

namespace MeshCA.Tests.Spec;

/// <summary>Requests that nobody here wrote: what the openssl command makes.</summary>
public sealed class CsrInteropTests
{
    [Theory]
    [InlineData("-newkey ec -pkeyopt ec_paramgen_curve:P-256", KeyAlgorithm.EcdsaP256)]
    [InlineData("-newkey ec -pkeyopt ec_paramgen_curve:P-384 -sha384", KeyAlgorithm.EcdsaP384)]
    [InlineData("-newkey rsa:2048", KeyAlgorithm.Rsa)]
    [InlineData("-newkey rsa:2048 -sha512 -newhdr", KeyAlgorithm.Rsa)]
    [InlineData("-newkey ec -pkeyopt ec_paramgen_curve:P-256 -addext subjectAltName=DNS:a.example,URI:spiffe://x/y", KeyAlgorithm.EcdsaP256)]
    public async Task Requests_of_openssl_are_accepted(string arguments, Enum algorithm)
    {
        var pem = await MakeAsync(arguments);
        Assert.True(CertificateSigningRequest.TryParsePem(pem, CsrPolicy.Default, out var request, out var error), $"{error}");
        Assert.Equal(algorithm, request.PublicKey.Algorithm);
    }

    [Theory]
    [InlineData("-newkey rsa:1024", CsrError.RsaKeyTooShort)]
    [InlineData("-newkey rsa:2048 -sha1", CsrError.Sha1Signature)]
    [InlineData("-newkey rsa:2048 -md5", CsrError.Md5Signature)]
    [InlineData("-newkey rsa:2048 -sigopt rsa_padding_mode:pss", CsrError.RsaPssSignature)]
    [InlineData("-newkey rsa-pss -pkeyopt rsa_keygen_bits:2048", CsrError.RsaPssKey)]
    [InlineData("-newkey rsa:2048 -pkeyopt rsa_keygen_pubexp:3", CsrError.BadRsaExponent)]
    [InlineData("-newkey ec -pkeyopt ec_paramgen_curve:P-256 -sha1", CsrError.Sha1Signature)]
    [InlineData("-newkey ec -pkeyopt ec_paramgen_curve:secp256k1", CsrError.Secp256k1Key)]
    [InlineData("-newkey ec -pkeyopt ec_paramgen_curve:P-224", CsrError.P224Key)]
    [InlineData("-newkey ec -pkeyopt ec_paramgen_curve:P-521", CsrError.P521Key)]
    [InlineData("-newkey ec -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit", CsrError.UnsupportedCurve)]
    [InlineData("-newkey ed25519", CsrError.Ed25519Key)]
    public async Task What_the_policy_forbids_is_refused_with_its_own_error(string arguments, Enum expected)
    {
        var pem = await MakeAsync(arguments);
        Assert.False(CertificateSigningRequest.TryParsePem(pem, CsrPolicy.Default, out _, out var error));
        Assert.Equal(expected, error);
    }

    private static async Task<string> MakeAsync(string arguments)
    {
        var start = new ProcessStartInfo("openssl", $"req -new -nodes -keyout /dev/null -subj /CN=test {arguments}")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException("openssl does not start");
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var pem = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, await error);
        return pem;
    }
}
