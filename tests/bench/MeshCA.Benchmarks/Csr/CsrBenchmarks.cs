using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using BenchmarkDotNet.Attributes;
using MeshCA.Cryptography;
using MeshCA.Csr;

namespace MeshCA.Benchmarks.Csr;

/// <summary>From PEM text to a public key with a verified proof of possession, here and on the platform.</summary>
public class CsrBenchmarks
{
    private string _p256 = "";
    private string _p384 = "";
    private string _rsa2048 = "";

    [GlobalSetup]
    public void Prepare()
    {
        using var p256 = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var rsa = RSA.Create(2048);
        _p256 = new CertificateRequest("", p256, HashAlgorithmName.SHA256).CreateSigningRequestPem();
        _p384 = new CertificateRequest("", p384, HashAlgorithmName.SHA384).CreateSigningRequestPem();
        _rsa2048 = new CertificateRequest("", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSigningRequestPem();
    }

    [Benchmark]
    public object P256() => Parse(_p256);

    [Benchmark]
    public object P384() => Parse(_p384);

    [Benchmark]
    public object Rsa2048() => Parse(_rsa2048);

    [Benchmark(Baseline = true)]
    public object P256_on_the_platform() => Load(_p256);

    [Benchmark]
    public object P384_on_the_platform() => Load(_p384);

    [Benchmark]
    public object Rsa2048_on_the_platform() => Load(_rsa2048);

    private static CertificateSigningRequest Parse(string pem) =>
        CertificateSigningRequest.TryParsePem(pem, CsrPolicy.Default, out var request, out var error)
            ? request
            : throw new InvalidOperationException(CsrErrorText.Of(error));

    private static CertificateRequest Load(string pem) =>
        CertificateRequest.LoadSigningRequestPem(pem, HashAlgorithmName.SHA256);
}

/// <summary>One ECDSA verification under a key not seen before, both ways.</summary>
public class EcdsaBenchmarks
{
    private readonly byte[] _digest = SHA256.HashData("content"u8);
    private SubjectPublicKey _key = null!; // set in Prepare
    private byte[] _signature = [];

    [GlobalSetup]
    public void Prepare()
    {
        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _key = SubjectPublicKey.Of(pair);
        _signature = pair.SignHash(_digest, DSASignatureFormat.Rfc3279DerSequence);
    }

    [Benchmark]
    public bool Direct() => LibCrypto.CheckEcdsa(_key, _digest, _signature) == SignatureCheck.Valid;

    [Benchmark(Baseline = true)]
    public bool Platform() => PlatformVerifier.CheckEcdsa(_key, _digest, _signature) == SignatureCheck.Valid;
}
