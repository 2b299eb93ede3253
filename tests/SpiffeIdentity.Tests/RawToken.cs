using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using SpiffeIdentity.Bundles;

namespace SpiffeIdentity.Tests;

/// <summary>Tokens that say anything at all, signed; built without the code under test.</summary>
internal static class RawToken
{
    public const string KeyId = "k1";
    public const string Audience = "spiffe://example.org/server";
    public const string Subject = "spiffe://example.org/ns/a/sa/b";
    public const string Header = """{"alg":"ES256","kid":"k1","typ":"JWT"}""";

    public static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static ECDsa Key { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public static TrustDomain Domain { get; } = TrustDomain.Parse("example.org");

    public static BundleSet Trusted { get; } = BundlesOf(new JwtAuthority(KeyId, Key.ExportSubjectPublicKeyInfo()));

    public static string GoodClaims => Claims(exp: Seconds(300));

    public static string Good => Sign(Header, GoodClaims);

    public static BundleSet BundlesOf(params JwtAuthority[] authorities) =>
        BundleSet.Of(TrustBundle.Empty(Domain) with { Jwt = JwtBundleOf(authorities) });

    public static JwtBundle JwtBundleOf(params JwtAuthority[] authorities)
    {
        Xunit.Assert.True(JwtBundle.TryCreate(Domain, authorities, out var bundle, out _));
        return bundle;
    }

    public static string Claims(string? sub = Subject, string? aud = $"\"{Audience}\"", string? exp = null, string more = "")
    {
        var members = new List<string>();
        if (sub is not null)
        {
            members.Add($"\"sub\":\"{sub}\"");
        }

        if (aud is not null)
        {
            members.Add($"\"aud\":{aud}");
        }

        if (exp is not null)
        {
            members.Add($"\"exp\":{exp}");
        }

        return "{" + string.Join(",", members) + more + "}";
    }

    /// <summary>A moment as a NumericDate.</summary>
    public static string Seconds(int fromNow) =>
        Now.AddSeconds(fromNow).ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);

    public static string Sign(string header, string claims) => Sign(header, claims, content =>
        Key.SignData(content, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));

    public static string Sign(string header, string claims, Func<byte[], byte[]> sign) =>
        Sign(Encoding.UTF8.GetBytes(header), Encoding.UTF8.GetBytes(claims), sign);

    public static string Sign(byte[] header, byte[] claims, Func<byte[], byte[]> sign)
    {
        var content = Base64Url.EncodeToString(header) + "." + Base64Url.EncodeToString(claims);
        return content + "." + Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(content)));
    }
}
