using MeshCA.Authorities;
using MeshCA.Configuration;
using MeshCA.Revocations.Lists;
using MeshCA.Tests.Rpc.Bundles;
using MeshCA.TrustDistribution;
using Microsoft.Extensions.Logging.Abstractions;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.TrustDistribution;

public sealed class DistributionSourceTests : IAsyncLifetime
{
    private readonly AuthorityRotator _rotator = new(new MemoryStore(), MeshAuthority.Settings, new ManualTimeProvider(), NullLogger<AuthorityRotator>.Instance);
    private readonly DistributionSource _source;
    private ListCatalog _lists = ListCatalog.Empty;
    private bool _leads = true;

    public DistributionSourceTests() => _source = new(new TrustDistributionOptions { RevocationLists = true }, _rotator, () => _lists, () => _leads);

    public async ValueTask InitializeAsync() => await _rotator.AdvanceAsync(TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync()
    {
        _rotator.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void A_standby_knows_what_there_is_and_has_nothing_to_write()
    {
        Assert.NotNull(_source.Current);
        Assert.NotNull(_source.Snapshot);
        _leads = false;
        Assert.Null(_source.Current);
        Assert.Null(_source.Snapshot);
        Assert.NotNull(_source.Compose());
    }

    [Fact]
    public void While_an_authority_has_no_list_none_is_distributed()
    {
        // Envoy would refuse every peer for the sake of the one that is missing.
        using SigningAuthority one = MeshAuthority.Root(StoreSamples.Now), two = MeshAuthority.Root(StoreSamples.Now);
        ListIssuer first = new(one.Id, one.Certificate, IsRoot: true), second = new(two.Id, two.Certificate, IsRoot: true);
        var list = SampleList.Of(one, number: 1);
        _lists = ListCatalog.Of([first, second], [list], []);
        Assert.Equal("", Lists());

        _lists = ListCatalog.Of([first], [list], []);
        Assert.Equal(System.Text.Encoding.ASCII.GetString(list.Pem.Span), Lists());
    }

    [Fact]
    public void What_says_the_same_is_the_same_object()
    {
        var first = _source.Compose();
        _lists = ListCatalog.Of([], [], []);
        Assert.Same(first, _source.Compose());
    }

    private string Lists() => _source.Compose()!.Maps.Single(map => map.Name == "istio-ca-crl").Text;
}
