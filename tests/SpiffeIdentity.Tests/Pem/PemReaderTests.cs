using FsCheck;
using FsCheck.Fluent;
using SpiffeIdentity.Pem;
using Xunit;

namespace SpiffeIdentity.Tests.Pem;

public sealed class PemReaderTests
{
    [Theory]
    [InlineData("-----BEGIN X-----\nAQID\n-----END X-----\n", PemError.None)]
    [InlineData("-----BEGIN X-----\r\nAQID\r\n-----END X-----\r\n", PemError.None)]
    [InlineData("text before\n-----BEGIN X-----\nAQID\n-----END X-----", PemError.None)]
    [InlineData("-----BEGIN X-----\nAQ\nID\n-----END X-----\ntext behind", PemError.None)]
    [InlineData("", PemError.NoBlock)]
    [InlineData("AQID", PemError.NoBlock)]
    [InlineData("in a line -----BEGIN X-----\nAQID\n-----END X-----\n", PemError.NoBlock)]
    [InlineData("-----BEGIN X\nAQID\n-----END X-----\n", PemError.BadBegin)]
    [InlineData("-----BEGIN X", PemError.BadBegin)]
    [InlineData("-----BEGIN X-----\nAQID\n", PemError.BadEnd)]
    [InlineData("-----BEGIN X-----\nAQID\n-----END Y-----\n", PemError.BadEnd)]
    [InlineData("-----BEGIN X-----\nAQID\n-----END X--\n", PemError.BadEnd)]
    [InlineData("-----BEGIN X-----\n-----BEGIN X-----\nAQID\n-----END X-----\n", PemError.BadEnd)]
    [InlineData("-----BEGIN X-----\n-----END X-----\n", PemError.BadBase64)]
    [InlineData("-----BEGIN X-----\nAQI\n-----END X-----\n", PemError.BadBase64)]
    [InlineData("-----BEGIN X-----\nHeader: 1\n\nAQID\n-----END X-----\n", PemError.BadBase64)]
    public void The_first_block_counts_and_is_never_skipped(string text, PemError expected)
    {
        var reader = new PemReader(text);
        var found = reader.TryRead(out var label, out var content, out var error);
        Assert.Equal(expected, error);
        Assert.Equal(expected == PemError.None ? [1, 2, 3] : null, content);
        Assert.True(!found || label is "X");
    }

    [Fact]
    public void Certificates_are_written_in_64_columns_with_a_line_end_behind_each()
    {
        var pem = PemWriter.WriteCertificates([new byte[50], new byte[1]]);
        var lines = pem.Split('\n');
        Assert.Equal(
            ["-----BEGIN CERTIFICATE-----", new string('A', 64), "AAA=", "-----END CERTIFICATE-----",
             "-----BEGIN CERTIFICATE-----", "AA==", "-----END CERTIFICATE-----", ""],
            lines);
        Assert.DoesNotContain('\r', pem);
        Assert.Equal(PemWriter.WriteCertificate(new byte[50]) + PemWriter.WriteCertificate(new byte[1]), pem);
    }

    [Fact]
    public void What_is_written_is_read_back() =>
        Prop.ForAll<byte[]>(bytes =>
        {
            var reader = new PemReader(PemWriter.WriteCertificate(bytes));
            return bytes.Length == 0 || (reader.TryRead(out _, out var content, out _) && content.SequenceEqual(bytes));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Reading_never_throws_and_always_ends() =>
        Prop.ForAll(Texts.ToArbitrary(), text =>
        {
            var reader = new PemReader(text);
            var blocks = 0;
            PemError error;
            while (reader.TryRead(out _, out _, out error))
            {
                blocks++;
            }

            return error != PemError.None && blocks <= text.Length;
        }).QuickCheckThrowOnFailure();

    private static Gen<string> Texts { get; } =
        from parts in Gen.Elements(
            "-----BEGIN ", "-----END ", "-----", "CERTIFICATE", "\n", "\r\n", "AQID", "=", "-", " ", "ü", "\0",
            "-----BEGIN X-----\nAQID\n-----END X-----\n").ListOf()
        select string.Concat(parts);
}
