using System.IO;
using System.Text.Json;
using MeshCA.Admin.Inspection;
using MeshCA.Tests.Admin.Inspection;
using Xunit;

namespace MeshCA.Tests.Admin;

public sealed class CertInspectVerbTests : IDisposable
{
    private readonly CommandLineFixture _cli = new();
    private readonly SampleChain _chain;

    public CertInspectVerbTests() => _chain = new SampleChain(_cli.Clock.GetUtcNow());

    public void Dispose() => _cli.Dispose();

    [Fact]
    public async Task A_chain_is_shown_certificate_by_certificate()
    {
        Assert.Equal(0, await _cli.RunAsync(_chain.Pem, "cert", "inspect", "-"));

        Assert.Contains("certificate 1 of 2", _cli.Out, StringComparison.Ordinal);
        Assert.Contains("certificate 2 of 2", _cli.Out, StringComparison.Ordinal);
        Assert.Contains("spiffe://cluster.local/ns/a/sa/b", _cli.Out, StringComparison.Ordinal);
        Assert.Contains("valid, 23 h 59 min left", _cli.Out, StringComparison.Ordinal);
        Assert.Contains("yes, path length 0", _cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_holds_what_the_table_holds()
    {
        Assert.Equal(0, await _cli.RunAsync(_chain.Pem, "cert", "inspect", "-", "--output", "json"));

        using var json = JsonDocument.Parse(_cli.Out);
        var leaf = json.RootElement[0];
        Assert.Equal("spiffe://cluster.local/ns/a/sa/b", leaf.GetProperty("spiffeId").GetString());
        Assert.Equal("valid", leaf.GetProperty("state").GetString());
        Assert.Equal(_chain.LeafSha256, leaf.GetProperty("sha256").GetString());
        Assert.Equal(2, json.RootElement.GetArrayLength());
    }

    [Fact]
    public async Task A_file_is_read_like_standard_input()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, _chain.Pem, TestContext.Current.CancellationToken);
            Assert.Equal(0, await _cli.RunAsync("", "cert", "inspect", file));
            Assert.Contains("certificate 2 of 2", _cli.Out, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A_file_that_is_not_there_ends_with_1_and_is_named()
    {
        Assert.Equal(1, await _cli.RunAsync("", "cert", "inspect", "no-such-file.pem"));

        Assert.Contains("no-such-file.pem", _cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bad_input_ends_with_5_and_says_what_is_wrong()
    {
        Assert.Equal(5, await _cli.RunAsync("not a certificate", "cert", "inspect", "-"));

        Assert.Empty(_cli.Out);
        Assert.Equal("meshca: `-`: no certificate in it" + Environment.NewLine, _cli.Error);
    }

    [Fact]
    public async Task Input_beyond_the_limit_is_refused()
    {
        Assert.Equal(5, await _cli.RunAsync(new string('x', CertificateBlocks.MaxBytes + 1), "cert", "inspect", "-"));

        Assert.Contains($"more than {CertificateBlocks.MaxBytes} bytes", _cli.Error, StringComparison.Ordinal);
    }
}
