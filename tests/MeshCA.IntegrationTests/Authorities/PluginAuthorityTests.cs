using System.Text.Json;
using MeshCA.Authorities;
using MeshCA.Hosting;
using MeshCA.IntegrationTests.Running;
using Xunit;

namespace MeshCA.IntegrationTests.Authorities;

/// <summary>An operator's own authority (istio-ca §4.1, §4.3): how it shows in answers, what is refused, how it is reloaded.</summary>
public sealed class PluginAuthorityTests : IDisposable
{
    private readonly MeshHome _home = new();
    private readonly OperatorAuthority _root = OperatorAuthority.Root("root 1");

    public PluginAuthorityTests() => _home.Set(("Authorities:PluginDirectory", _home.File("cacerts")));

    private PluginFiles Files => new(_home.File("cacerts"));

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task A_self_signed_signer_answers_leaf_and_bundle()
    {
        Files.WriteIstio(_root, _root.Pem, _root.Pem);
        var answer = await AskAsync();
        Assert.Equal(2, answer.Elements.Count);
        Assert.Equal(_root.Pem, answer.Elements[1]);
        Assert.Equal("", answer.FindFault(_home.Clock.GetUtcNow()));
    }

    [Fact]
    public async Task A_root_in_the_chain_file_is_not_repeated_before_the_last_element()
    {
        var signer = _root.Below("signer");
        Files.WriteIstio(signer, signer.Pem + _root.Pem, _root.Pem);
        var answer = await AskAsync();
        Assert.Equal([signer.Pem, _root.Pem], answer.Elements.Skip(1));
        Assert.Equal("", answer.FindFault(_home.Clock.GetUtcNow()));
    }

    [Fact]
    public async Task Each_intermediate_is_one_element_from_signer_to_root()
    {
        var upper = _root.Below("upper", pathLength: 1);
        var signer = upper.Below("signer");
        Files.WriteIstio(signer, signer.Pem + upper.Pem + _root.Pem, _root.Pem);
        var answer = await AskAsync();
        Assert.Equal([signer.Pem, upper.Pem, _root.Pem], answer.Elements.Skip(1));
        Assert.Equal("", answer.FindFault(_home.Clock.GetUtcNow()));
    }

    [Fact]
    public async Task The_last_element_holds_every_root()
    {
        var other = OperatorAuthority.Root("root 2");
        var signer = _root.Below("signer");
        Files.WriteIstio(signer, signer.Pem + _root.Pem, _root.Pem + other.Pem);
        var answer = await AskAsync();
        Assert.Equal(3, answer.Elements.Count);
        Assert.Equal(2, answer.Bundle.Count);
    }

    [Fact]
    public async Task The_layout_of_a_tls_secret_answers_the_same()
    {
        var signer = _root.Below("signer");
        Files.WriteSecret(signer, signer.Pem + _root.Pem, _root.Pem);
        var answer = await AskAsync();
        Assert.Equal([signer.Pem, _root.Pem], answer.Elements.Skip(1));
        Assert.Equal("", answer.FindFault(_home.Clock.GetUtcNow()));
    }

    [Theory]
    [InlineData("ca-cert.pem")]
    [InlineData("ca-key.pem")]
    [InlineData("cert-chain.pem")]
    [InlineData("root-cert.pem")]
    public async Task A_missing_file_refuses_the_start_and_is_named(string name)
    {
        var signer = _root.Below("signer");
        Files.WriteIstio(signer, signer.Pem, _root.Pem).Delete(name);
        await RefusesAsync(name);
    }

    [Fact]
    public async Task A_missing_directory_refuses_the_start() => await RefusesAsync("lacks");

    [Fact]
    public async Task A_key_of_another_certificate_refuses_the_start()
    {
        var signer = _root.Below("signer");
        Files.WriteIstio(signer, signer.Pem, _root.Pem).Write("ca-key.pem", _root.KeyPem);
        await RefusesAsync("the key is not the signing certificate's");
    }

    [Fact]
    public async Task A_signer_that_is_no_authority_refuses_the_start()
    {
        var signer = _root.Below("signer", isAuthority: false);
        Files.WriteIstio(signer, signer.Pem, _root.Pem);
        await RefusesAsync("is no authority");
    }

    [Fact]
    public async Task An_expired_signer_refuses_the_start()
    {
        var signer = _root.Below("signer", life: TimeSpan.FromHours(-1));
        Files.WriteIstio(signer, signer.Pem, _root.Pem);
        await RefusesAsync("not now");
    }

    [Fact]
    public async Task A_signer_that_does_not_chain_to_the_bundle_refuses_the_start()
    {
        var signer = _root.Below("signer");
        Files.WriteIstio(signer, signer.Pem, OperatorAuthority.Root("root 2").Pem);
        await RefusesAsync("does not chain");
    }

    [Fact]
    public async Task A_path_longer_than_allowed_refuses_the_start()
    {
        var upper = _root.Below("upper", pathLength: 0);
        var signer = upper.Below("signer");
        Files.WriteIstio(signer, signer.Pem + upper.Pem, _root.Pem);
        await RefusesAsync("path");
    }

    [Fact]
    public async Task A_bundle_without_a_certificate_refuses_the_start()
    {
        var signer = _root.Below("signer");
        Files.WriteIstio(signer, signer.Pem, "nothing here");
        await RefusesAsync("trust bundle");
    }

    [Fact]
    public async Task A_new_signer_under_the_same_root_is_taken_without_restart()
    {
        var (first, second) = (_root.Below("first"), _root.Below("second"));
        Files.WriteIstio(first, first.Pem, _root.Pem);
        await using var mesh = await StartAsync();
        using var client = mesh.Connect();
        Assert.Equal(first.Pem, (await client.AskAsync(_home.Token())).Elements[1]);
        Files.WriteIstio(second, second.Pem, _root.Pem);
        await Eventually.TrueAsync(async () => (await client.AskAsync(_home.Token())).Elements[1] == second.Pem, "the new signer");
        Assert.Equal(1, client.Handshakes);
        Assert.Equal("", (await client.AskAsync(_home.Token())).FindFault(_home.Clock.GetUtcNow()));
    }

    [Fact]
    public async Task An_added_root_reaches_answers_and_raises_the_sequence()
    {
        var other = OperatorAuthority.Root("root 2");
        Files.WriteIstio(_root, _root.Pem, _root.Pem);
        await using var mesh = await StartAsync();
        using var client = mesh.Connect();
        var before = await SequenceAsync(mesh);
        Files.Write("root-cert.pem", _root.Pem + other.Pem);
        await Eventually.TrueAsync(async () => (await client.AskAsync(_home.Token())).Bundle.Count == 2, "the added root");
        Assert.True(await SequenceAsync(mesh) > before);
        Assert.Equal(_root.Pem + other.Pem, await mesh.ReadBundleAsync());
    }

    [Fact]
    public async Task A_change_that_adds_and_drops_roots_is_refused_and_the_old_authority_stays()
    {
        var other = OperatorAuthority.Root("root 2");
        Files.WriteIstio(_root, _root.Pem, _root.Pem);
        var mesh = await StartAsync();
        using var client = mesh.Connect();
        var before = await SequenceAsync(mesh);
        Files.WriteIstio(other, other.Pem, other.Pem);
        await mesh.Part<IAuthoritySource>().AdvanceAsync(TestContext.Current.CancellationToken);
        Assert.Equal(_root.Pem, (await client.AskAsync(_home.Token())).Elements[^1]);
        Assert.Equal(before, await SequenceAsync(mesh));
        await mesh.CloseAsync();

        await RefusesAsync("both adds roots and drops");
    }

    [Fact]
    public async Task A_signer_under_a_root_that_is_published_only_now_is_refused_until_clients_can_have_it()
    {
        var other = OperatorAuthority.Root("root 2");
        Files.WriteIstio(_root, _root.Pem, _root.Pem);
        await (await StartAsync()).CloseAsync();
        Files.WriteIstio(other, other.Pem, _root.Pem + other.Pem);
        await RefusesAsync("was not in the published bundle before");

        Files.WriteIstio(_root, _root.Pem, _root.Pem + other.Pem);
        await (await StartAsync()).CloseAsync();
        Files.WriteIstio(other, other.Pem, _root.Pem + other.Pem);
        Assert.Equal(_root.Pem + other.Pem, (await AskAsync()).Elements[^1]);
    }

    [Fact]
    public async Task An_operator_may_accept_a_change_of_all_roots()
    {
        var other = OperatorAuthority.Root("root 2");
        Files.WriteIstio(_root, _root.Pem, _root.Pem);
        await (await StartAsync()).CloseAsync();
        Files.WriteIstio(other, other.Pem, other.Pem);
        _home.Set(("Authorities:AcceptRootChange", "true"));
        Assert.Equal(other.Pem, (await AskAsync()).Elements[^1]);
    }

    private static async Task<long> SequenceAsync(TestMesh mesh)
    {
        using var document = JsonDocument.Parse(await mesh.GetAsync("/bundle.json"));
        return document.RootElement.GetProperty("spiffe_sequence").GetInt64();
    }

    private async Task<TestMesh> StartAsync() => await _home.StartAsync();

    private async Task<CsrAnswer> AskAsync()
    {
        var mesh = await StartAsync();
        using var client = mesh.Connect();
        try
        {
            return await client.AskAsync(_home.Token());
        }
        finally
        {
            await mesh.CloseAsync();
        }
    }

    private async Task RefusesAsync(string word)
    {
        var refused = await _home.RefusalAsync();
        Assert.Equal(ServerStartError.Authorities, refused.Error);
        Assert.Contains(word, string.Join("; ", refused.Faults), StringComparison.Ordinal);
    }
}
