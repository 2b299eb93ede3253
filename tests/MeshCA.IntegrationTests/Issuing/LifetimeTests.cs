using Grpc.Core;
using MeshCA.IntegrationTests.Running;
using Xunit;

namespace MeshCA.IntegrationTests.Issuing;

/// <summary>How long a leaf lives (appendix B item 3, with clamping in place of refusal).</summary>
public sealed class LifetimeTests(MeshServerFixture fixture) : IClassFixture<MeshServerFixture>
{
    private const long Day = 86_400;
    private const long Max = 15 * Day;
    private readonly TestMesh _mesh = fixture.Mesh;

    // seconds asked for, seconds granted
    public static TheoryData<long, long> Lifetimes() =>
    [
        new(0, Day) { Label = "none asked for: the default" },
        new(-1, Day) { Label = "a negative one: the default" },
        new(long.MinValue, Day) { Label = "the most negative one: the default" },
        new(1, 1) { Label = "the shortest" },
        new(Day, Day) { Label = "a day" },
        new(Max - 1, Max - 1) { Label = "below the maximum" },
        new(Max, Max) { Label = "the maximum" },
        new(Max + 1, Max) { Label = "above the maximum: clamped" },
        new(9_300_000_000, Max) { Label = "where Go's Duration wraps: clamped" },
    ];

    [Theory]
    [MemberData(nameof(Lifetimes))]
    public async Task A_lifetime_is_granted_up_to_the_maximum(long asked, long granted)
    {
        using var client = _mesh.Connect();
        var answer = await client.AskAsync(_mesh.Home.Token(), asked);
        Assert.Equal(TimeSpan.FromSeconds(granted) + TimeSpan.FromMinutes(2), answer.NotAfter - answer.NotBefore);
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(922_337_203_686)]
    public async Task A_lifetime_that_no_time_can_hold_is_an_invalid_argument(long asked)
    {
        using var client = _mesh.Connect();
        var status = await client.RefusalOfAsync(new Ask { Token = _mesh.Home.Token(), Seconds = asked });
        Assert.Equal(StatusCode.InvalidArgument, status.StatusCode);
        Assert.Contains("validity_duration", status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clamping_is_audited_with_the_identity_and_what_was_asked_for()
    {
        using var client = _mesh.Connect();
        await client.AskAsync(_mesh.Home.Token("greedy"), Max + 7);
        await Eventually.TrueAsync(() => Entries().Count > 0, "the audit entry");
        var entry = Assert.Single(Entries());
        Assert.Contains("15.00:00:07", entry.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lifetime_within_the_maximum_is_not_audited_as_clamped()
    {
        using var client = _mesh.Connect();
        await client.AskAsync(_mesh.Home.Token("modest"), Max);
        await client.AskAsync(_mesh.Home.Token("greedy-after-modest"), Max + 1);
        await Eventually.TrueAsync(
            () => _mesh.Home.Store.Audit("csr.clamped").Any(entry => entry.Actor.EndsWith("/greedy-after-modest", StringComparison.Ordinal)),
            "the later entry");
        Assert.DoesNotContain(_mesh.Home.Store.Audit("csr.clamped"), entry => entry.Actor.EndsWith("/modest", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_leaf_ends_with_its_signer_at_the_latest()
    {
        await using var mesh = await TestMesh.StartAsync(
            ("Issuance:MaxLifetime", "00:01:00"), ("Issuance:DefaultLifetime", "00:01:00"), ("Issuance:AuthorityFloor", "00:00:01"),
            ("Authorities:IntermediateLifetime", "00:02:00"), ("Authorities:RootLifetime", "00:04:00"), ("Authorities:CheckInterval", "00:00:50"));
        mesh.Home.Clock.Offset = TimeSpan.FromSeconds(90);
        using var client = new MeshClient(new ClientSetUp { Address = mesh.Address, Roots = mesh.Bundle });
        var answer = await client.AskAsync(mesh.Home.Token());
        Assert.Equal(answer.Middle[0].NotAfter, answer.Leaf.NotAfter);
    }

    [Fact]
    public async Task A_signer_below_the_floor_signs_nothing_and_says_unavailable()
    {
        await using var mesh = await TestMesh.StartAsync(
            ("Issuance:MaxLifetime", "00:01:00"), ("Issuance:DefaultLifetime", "00:01:00"), ("Issuance:AuthorityFloor", "00:00:30"),
            ("Authorities:IntermediateLifetime", "00:02:00"), ("Authorities:RootLifetime", "00:04:00"), ("Authorities:CheckInterval", "00:00:30"));
        mesh.Home.Clock.Offset = TimeSpan.FromSeconds(91);
        using var client = new MeshClient(new ClientSetUp { Address = mesh.Address, Roots = mesh.Bundle });
        var status = await client.RefusalOfAsync(new Ask { Token = mesh.Home.Token() });
        Assert.Equal(StatusCode.Unavailable, status.StatusCode);
        Assert.Contains("\"name\": \"authority\",\n      \"passed\": false", await mesh.ReadinessAsync(), StringComparison.Ordinal);
    }

    private List<AuditEntry> Entries() =>
        [.. _mesh.Home.Store.Audit("csr.clamped").Where(entry => entry.Actor == "spiffe://cluster.local/ns/shop/sa/greedy")];
}
