using SpiffeIdentity.Pem;
using Xunit;

namespace SpiffeIdentity.Tests.Pem;

public sealed class CertificatePemTests
{
    private const int MaxCount = 3;

    private static readonly string One = PemWriter.WriteCertificate([0x30, 0x01, 0x02]);

    public static TheoryData<string, PemError> Texts() =>
    [
        new(One, PemError.None) { Label = "one" },
        new(One + One + One, PemError.None) { Label = "the maximum" },
        new(One + One + One + One, PemError.TooMany) { Label = "above the maximum" },
        new("text\n" + One + "text\n" + One + "text", PemError.None) { Label = "text around the blocks" },
        new("", PemError.NoBlock) { Label = "empty" },
        new("text", PemError.NoBlock) { Label = "text alone" },
        new(One + One.Replace("CERTIFICATE", "X509 CRL", StringComparison.Ordinal), PemError.WrongLabel) { Label = "something else behind" },
        new(One + One[..^10], PemError.BadEnd) { Label = "a broken block behind a good one" },
    ];

    [Theory, MemberData(nameof(Texts))]
    public void A_text_holds_certificates_and_nothing_else_in_pem(string text, PemError expected)
    {
        Assert.Equal(expected == PemError.None, CertificatePem.TryRead(text, 4096, MaxCount, out var certificates, out var error));
        Assert.Equal(expected, error);
        Assert.Equal(expected == PemError.None, certificates is not null);
    }

    [Theory]
    [InlineData(0, PemError.None)]
    [InlineData(1, PemError.TooLarge)]
    public void A_text_has_the_longest_length_at_most(int above, PemError expected)
    {
        CertificatePem.TryRead(One, One.Length - above, MaxCount, out _, out var error);
        Assert.Equal(expected, error);
    }
}
