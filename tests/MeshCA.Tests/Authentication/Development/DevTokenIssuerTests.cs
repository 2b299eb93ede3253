using System.IO;
using MeshCA.Authentication;
using MeshCA.Authentication.Development;
using MeshCA.Authentication.Keys;
using MeshCA.Authentication.Tokens;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Authentication.Development;

public sealed class DevTokenIssuerTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly TokenSetup _setup;

    public DevTokenIssuerTests() => _setup = new TokenSetup(DevTokenIssuer.ToOptions(_directory.Path));

    private string KeyFile => _directory.File("dev-issuer-key.pem");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_token_minted_authenticates_where_the_issuer_is_configured()
    {
        using var issuer = DevTokenIssuer.OpenOrCreate(_directory.Path, _setup.Clock);
        await LoadAsync();
        var token = issuer.Mint(new DevToken { Account = Account(), PodName = "cart-1", PodUid = "u-1", NodeName = "n1" });
        var caller = Assert.IsType<AuthenticationOutcome.Authenticated>(_setup.Authenticate(token)).Caller;
        Assert.Equal("spiffe://cluster.local/ns/shop/sa/cart", caller.Id.ToString());
        Assert.Equal("jwt:dev", caller.Evidence.Authenticator);
        Assert.Equal(("cart-1", "u-1", "n1"), (caller.Evidence.PodName, caller.Evidence.PodUid, caller.Evidence.NodeName));
        Assert.True(Guid.TryParse(caller.Evidence.TokenId, out _));
    }

    [Fact]
    public async Task A_token_ends_with_its_lifetime_and_names_its_audience()
    {
        using var issuer = DevTokenIssuer.OpenOrCreate(_directory.Path, _setup.Clock);
        await LoadAsync();
        Assert.Equal(AuthenticationError.WrongAudience, _setup.Refusal(issuer.Mint(new DevToken { Account = Account(), Audience = "x" })));
        var token = issuer.Mint(new DevToken { Account = Account(), Lifetime = TimeSpan.FromMinutes(10) });
        _setup.Clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(AuthenticationError.None, _setup.Refusal(token));
        _setup.Clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(AuthenticationError.Expired, _setup.Refusal(token));
    }

    [Fact]
    public void The_key_is_for_its_owner_alone_and_the_key_set_is_public()
    {
        using var issuer = DevTokenIssuer.OpenOrCreate(_directory.Path, _setup.Clock);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyFile));
        Assert.StartsWith("-----BEGIN PRIVATE KEY-----", File.ReadAllText(KeyFile), StringComparison.Ordinal);
        var set = File.ReadAllText(_directory.File("dev-issuer-jwks.json"));
        Assert.DoesNotContain("\"d\"", set, StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetFiles(_directory.Path).Length);
    }

    [Fact]
    public async Task Many_starting_at_once_end_up_with_one_key()
    {
        Parallel.For(0, 10, _ => DevTokenIssuer.OpenOrCreate(_directory.Path, _setup.Clock).Dispose());
        await LoadAsync();
        Assert.True(DevTokenIssuer.TryOpen(_directory.Path, _setup.Clock, out var issuer));
        using (issuer)
        {
            Assert.Equal(AuthenticationError.None, _setup.Refusal(issuer.Mint(new DevToken { Account = Account() })));
        }

        Assert.Equal(2, Directory.GetFiles(_directory.Path).Length);
    }

    [Fact]
    public void Without_dev_mode_there_is_nothing_to_mint_with() =>
        Assert.False(DevTokenIssuer.TryOpen(_directory.Path, _setup.Clock, out _));

    [Theory]
    [InlineData(""), InlineData("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")]
    public void A_broken_key_is_not_replaced(string content)
    {
        File.WriteAllText(KeyFile, content);
        Assert.Throws<IOException>(() => DevTokenIssuer.OpenOrCreate(_directory.Path, _setup.Clock));
        Assert.Equal(content, File.ReadAllText(KeyFile));
    }

    private async Task LoadAsync()
    {
        var ring = _setup.Issuers.Rings[0];
        var reading = await KeySources.Open(ring.Issuer.Keys).ReadAsync(TestContext.Current.CancellationToken);
        ring.Replace(Assert.IsType<KeyReading.Read>(reading).Keys, _setup.Now);
    }

    private static ServiceAccount Account() =>
        ServiceAccount.TryCreate("shop", "cart", out var account) ? account : throw new InvalidOperationException();
}
