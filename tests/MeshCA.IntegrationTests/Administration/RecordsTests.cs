using System.Buffers.Binary;
using System.IO;
using System.Security.Cryptography;
using System.Text.Json;
using Grpc.Core;
using MeshCA.Admin;
using MeshCA.IntegrationTests.Running;
using MeshCA.Wire.Admin;
using TestSupport;
using Xunit;

namespace MeshCA.IntegrationTests.Administration;

/// <summary>What administrators see of journal and audit.</summary>
public sealed class RecordsTests : IDisposable
{
    private readonly MeshHome _home = new();

    public RecordsTests() => _home.Set(
        ("Server:AdminSocket", Socket),
        ("Admin:OnTlsPort", "true"),
        ("Admin:Grants:0:SpiffeId", TestPolicies.IdOf("shop/scoped")),
        ("Admin:Grants:0:Role", "Viewer"),
        ("Admin:Grants:0:Scopes:0", TestPolicies.IdOf("shop/web")));

    private string Socket => _home.File("run/admin.sock");

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Certificates_are_listed_by_filter_and_page_and_shown_by_serial()
    {
        await using var mesh = await _home.StartAsync();
        var (client, answer) = await mesh.EnrolAsync("web");
        client.Dispose();
        (await mesh.EnrolAsync("cart")).Client.Dispose();
        using var channel = mesh.ConnectAdmin();
        var certificates = new Certificates.CertificatesClient(channel);

        var mine = await certificates.ListAsync(new() { SpiffeId = TestPolicies.IdOf("shop/web") });
        var listed = Assert.Single(mine.Certificates);
        Assert.Equal(answer.Leaf.SerialNumber.ToLowerInvariant().PadLeft(32, '0'), listed.Serial);
        Assert.Equal(listed, await certificates.ShowAsync(new() { Serial = listed.Serial }));
        Assert.Equal(2, (await certificates.ListAsync(new() { SpiffeIdPrefix = TestPolicies.IdOf("shop/web")[..^"/sa/web".Length] })).Certificates.Count);

        var first = await certificates.ListAsync(new() { PageSize = 1 });
        var second = await certificates.ListAsync(new() { PageSize = 1, PageToken = first.NextPageToken });
        Assert.Equal(first.Certificates[0].Sequence - 1, second.Certificates[0].Sequence);

        // A token is of one listing, and nobody makes one up.
        Assert.Equal(StatusCode.InvalidArgument, await RefusalAsync(() => certificates.ListAsync(
            new() { SpiffeId = TestPolicies.IdOf("shop/web"), PageToken = first.NextPageToken })));
        var forged = (first.NextPageToken[0] == 'A' ? 'B' : 'A') + first.NextPageToken[1..];
        Assert.Equal(StatusCode.InvalidArgument, await RefusalAsync(() => certificates.ListAsync(new() { PageToken = forged })));
        Assert.Equal(StatusCode.InvalidArgument, await RefusalAsync(() => certificates.ListAsync(new() { SpiffeId = "web" })));
        Assert.Equal(StatusCode.InvalidArgument, await RefusalAsync(() => certificates.ShowAsync(new() { Serial = "x" })));
        Assert.Equal(StatusCode.NotFound, await RefusalAsync(() => certificates.ShowAsync(new() { Serial = "0a" })));
    }

    [Fact]
    public async Task A_caller_with_scopes_sees_what_is_within_them_and_nothing_else()
    {
        await using var mesh = await _home.StartAsync();
        (await mesh.EnrolAsync("web")).Client.Dispose();
        var (client, answer) = await mesh.EnrolAsync("cart");
        client.Dispose();
        using var channel = await mesh.ConnectAdminAsync("scoped");
        var certificates = new Certificates.CertificatesClient(channel);

        Assert.Equal(
            TestPolicies.IdOf("shop/web"), Assert.Single((await certificates.ListAsync(new())).Certificates).SpiffeId);
        Assert.Equal(StatusCode.NotFound, await RefusalAsync(() => certificates.ShowAsync(new() { Serial = answer.Leaf.SerialNumber })));
        Assert.Equal(StatusCode.PermissionDenied, await RefusalAsync(() => certificates.ListAsync(new() { SpiffeId = TestPolicies.IdOf("shop/cart") })));
        Assert.Equal(StatusCode.PermissionDenied, await RefusalAsync(() => new Audit.AuditClient(channel).ListAsync(new())));
    }

    [Fact]
    public async Task The_commands_list_show_and_export()
    {
        await using var mesh = await _home.StartAsync();
        (await mesh.EnrolAsync("web")).Client.Dispose();
        using var refused = mesh.Connect();
        await refused.RefusalOfAsync(new Ask { Token = "no.token.here" });
        await Eventually.TrueAsync(() => _home.Store.Audit("csr.refused").Count == 1, "a refusal in the audit");

        var list = await JsonAsync("cert", "list", "--spiffe-id", TestPolicies.IdOf("shop/web"));
        var serial = Assert.Single(list.GetProperty("certificates").EnumerateArray()).GetProperty("serial").GetString()!;
        Assert.Equal("", list.GetProperty("nextPageToken").GetString());
        Assert.Equal(serial, (await JsonAsync("cert", "show", serial)).GetProperty("serial").GetString());
        Assert.Contains("csr.refused", (await CommandAsync("audit", "list", "--events")).Out, StringComparison.Ordinal);
        Assert.Equal((int)ExitCode.Usage, (await CommandAsync("audit", "list")).Code);
        Assert.Equal((int)ExitCode.Refused, (await CommandAsync("cert", "show", "00")).Code);

        var (code, export) = await CommandAsync("audit", "export");
        Assert.Equal(0, code);
        Assert.Empty(Broken(export));
        Assert.NotEmpty(Broken(export.Replace("\"canonical\":\"AAAAAAAAAAE", "\"canonical\":\"AAAAAAAAAAI", StringComparison.Ordinal)));
        Assert.Contains("\"certificate\":", (await CommandAsync("audit", "export", "--journal", "--first", "2", "--last", "3")).Out, StringComparison.Ordinal);
    }

    // A verifier that knows what docs/admin.md says and nothing of the product.
    private static List<long> Broken(string export)
    {
        var broken = new List<long>();
        byte[] hash = [];
        foreach (var text in export.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using var line = JsonDocument.Parse(text);
            if (line.RootElement.TryGetProperty("previousHash", out var previous))
            {
                hash = Convert.FromHexString(previous.GetString()!);
            }
            else if (line.RootElement.TryGetProperty("sequence", out var sequence))
            {
                var number = new byte[8];
                BinaryPrimitives.WriteInt64BigEndian(number, sequence.GetInt64());
                var stated = Convert.FromHexString(line.RootElement.GetProperty("hash").GetString()!);
                if (!SHA256.HashData([.. hash, .. number, .. line.RootElement.GetProperty("canonical").GetBytesFromBase64()]).AsSpan().SequenceEqual(stated))
                {
                    broken.Add(sequence.GetInt64());
                }

                hash = stated;
            }
        }

        return broken;
    }

    private static async Task<StatusCode> RefusalAsync<T>(Func<AsyncUnaryCall<T>> call) =>
        (await Assert.ThrowsAsync<RpcException>(async () => await call())).StatusCode;

    private async Task<JsonElement> JsonAsync(params string[] arguments)
    {
        var (code, said) = await CommandAsync([.. arguments, "--output", "json"]);
        Assert.Equal(0, code);
        using var document = JsonDocument.Parse(said);
        return document.RootElement.Clone();
    }

    private async Task<(int Code, string Out)> CommandAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        var commandLine = new AdminCommandLine(new AdminConsole(() => Stream.Null, output, TextWriter.Null), AdminVerbs.All(TimeProvider.System));
        return (await commandLine.RunAsync([.. arguments, "--socket", Socket], TestContext.Current.CancellationToken), output.ToString());
    }
}
