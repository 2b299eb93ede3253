using MeshCA.Agent.Registration;
using MeshCA.Agent.SecretDiscovery;
using MeshCA.Agent.Views;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Agent.SecretDiscovery;

public sealed class CoveringListsTests : IDisposable
{
    private const string Web = "spiffe://cluster.local/ns/shop/sa/web";

    private readonly SampleIdentities _own = new();

    [Fact]
    public void Lists_that_cover_root_and_intermediate_come_in_pem()
    {
        var pem = Find(_own.ListOfRoot(Past, Future), _own.ListOfIntermediate(Past, Future));

        Assert.Equal(2, pem!.Split("-----BEGIN X509 CRL-----").Length - 1);
    }

    // Envoy refuses every leaf of a chain of which one list is missing.
    [Theory]
    [InlineData("root")]
    [InlineData("intermediate")]
    [InlineData("over")]
    [InlineData("not begun")]
    [InlineData("limited")]
    [InlineData("junk")]
    public void One_authority_without_a_list_in_force_means_none_at_all(string missing)
    {
        var root = _own.ListOfRoot(Past, Future);
        Assert.Null(missing switch
        {
            "root" => Find(_own.ListOfIntermediate(Past, Future)),
            "intermediate" => Find(root),
            "over" => Find(root, _own.ListOfIntermediate(Past.AddDays(-2), Past)),
            "not begun" => Find(root, _own.ListOfIntermediate(Future, Future.AddDays(1))),
            "limited" => Find(root, _own.ListOfIntermediate(Past, Future, isLimited: true)),
            _ => Find(root, new byte[] { 0x30, 0x03, 0x02, 0x01, 0x01 }),
        });
    }

    [Fact]
    public void Without_an_svid_the_roots_lists_are_enough()
    {
        var state = _own.State(1) with { RevocationLists = [_own.ListOfRoot(Past, Future)] };
        Assert.NotNull(CoveringLists.Find(ViewOf(state), _own.Bundle, Now));
    }

    public void Dispose() => _own.Dispose();

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    private static DateTimeOffset Past => Now.AddMinutes(-1);

    private static DateTimeOffset Future => Now.AddHours(1);

    private static WorkloadView ViewOf(MeshCA.Agent.Identities.AgentState state) => new(state, new EntrySelection([SampleIdentities.Entry("web", Web)]));

    private string? Find(params byte[][] lists)
    {
        var state = _own.State(1, _own.Hold(SampleIdentities.Entry("web", Web), Web)) with
        {
            RevocationLists = [.. lists.Select(list => (ReadOnlyMemory<byte>)list)],
        };
        return CoveringLists.Find(ViewOf(state), _own.Bundle, Now);
    }
}
