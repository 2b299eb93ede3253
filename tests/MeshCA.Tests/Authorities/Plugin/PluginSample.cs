using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshCA.Authorities.Plugin;
using SpiffeIdentity;
using SpiffeIdentity.Pem;
using TestSupport;

namespace MeshCA.Tests.Authorities.Plugin;

/// <summary>The good files of a plug-in authority, root above upper above signer; <c>with</c> changes one thing at a time.</summary>
public sealed record PluginSample
{
    public static readonly TrustDomain TrustDomain = TrustDomain.Parse("cluster.local");

    public static readonly TestAuthority Root = TestAuthority.CreateRoot();

    public static readonly TestAuthority Upper = Root.CreateIntermediate(name: "upper", pathLength: 1);

    public static readonly TestAuthority Signer = Upper.CreateIntermediate(name: "signer");

    public string Certificate { get; init; } = Pem(Signer);

    public string Key { get; init; } = Signer.KeyPem;

    public string Chain { get; init; } = Pem(Signer, Upper);

    public string Roots { get; init; } = Pem(Root);

    public static string Pem(params TestAuthority[] authorities) => string.Concat(authorities.Select(a => Pem(a.Certificate)));

    public static string Pem(byte[] der) => PemWriter.WriteCertificate(der);

    /// <summary>A signer with a fault, below the good upper.</summary>
    public static PluginSample WithSigner(Func<CertificateShape, CertificateShape> change) =>
        Of(Upper.CreateIntermediate(change, "signer"), Upper, Root);

    /// <summary>An upper with a fault, below the good root.</summary>
    public static PluginSample WithUpper(Func<CertificateShape, CertificateShape> change)
    {
        var upper = Root.CreateIntermediate(change, "upper", pathLength: 1);
        return Of(upper.CreateIntermediate(name: "signer"), upper, Root);
    }

    /// <summary>A root with a fault.</summary>
    public static PluginSample WithRoot(Func<CertificateShape, CertificateShape> change)
    {
        var root = TestAuthority.CreateRoot(change);
        var upper = root.CreateIntermediate(name: "upper", pathLength: 1);
        return Of(upper.CreateIntermediate(name: "signer"), upper, root);
    }

    /// <summary>A signer over any key, below the good upper.</summary>
    public static PluginSample WithKey(AsymmetricAlgorithm key, string pem)
    {
        var certificate = Pem(Upper.Sign(new PublicKey(key), CertificateShape.Authority("signer", pathLength: 0)));
        return new() { Certificate = certificate, Key = pem, Chain = certificate + Pem(Upper) };
    }

    internal bool TryCreate(out PluginAuthority? authority, out string? fault) =>
        PluginAuthority.TryCreate(
            new() { Certificate = Certificate, Key = Key, Chain = Chain, Roots = Roots }, TrustDomain, TestAuthority.Now, out authority, out fault);

    private static PluginSample Of(TestAuthority signer, TestAuthority upper, TestAuthority root) =>
        new() { Certificate = Pem(signer), Key = signer.KeyPem, Chain = Pem(signer, upper), Roots = Pem(root) };
}
