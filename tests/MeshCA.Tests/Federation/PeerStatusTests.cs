using System.Security.Cryptography;
using MeshCA.Federation;
using SpiffeIdentity.Bundles;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Federation;

/// <summary>spiffe §4.2, §7 item 14: age and overlap alarms for each peer.</summary>
public sealed class PeerStatusTests : IDisposable
{
    private static readonly DateTimeOffset Now = TestAuthority.Now;

    private readonly TestAuthority _root = TestAuthority.CreateRoot(); // 30 days

    public void Dispose() => _root.Dispose();

    // minutes since the last success, failures, fault, minutes until the root ends, alarms
    public static TheoryData<int?, int, string?, double, string> Standings() =>
    [
        new(0, 0, null, 43_200, "ok") { Label = "just fetched" },
        new(20, 0, null, 43_200, "ok") { Label = "four intervals" },
        new(21, 3, nameof(FetchFault.Unreachable), 43_200, "alarm Overdue") { Label = "more than four intervals" },
        new(1, 1, nameof(FetchFault.Unreachable), 43_200, "stale") { Label = "one failure" },
        new(1, 1, nameof(FetchFault.UpdateRefused), 43_200, "alarm UpdateRefused") { Label = "it went back" },
        new(0, 0, null, 10_081, "ok") { Label = "the root ends in more than seven days" },
        new(0, 0, null, 10_079, "alarm EndsSoon") { Label = "the root ends within seven days" },
        new(0, 0, null, -1, "alarm Ended") { Label = "the root has ended" },
        new(null, 0, null, 43_200, "ok") { Label = "handed over a moment ago" },
    ];

    [Theory, MemberData(nameof(Standings))]
    public void What_is_wrong_is_named(int? minutes, int failures, string? fault, double left, string expected)
    {
        var now = Now.AddDays(30).AddMinutes(-left);
        var known = Known(Peers.Document("other.org", 1, null, _root), acceptedAt: now);
        var status = PeerStatus.Of(known, Standing(known, now, minutes, failures, fault is null ? null : Enum.Parse<FetchFault>(fault)), Peers.Settings, now);
        Assert.Equal(expected, $"{status.Word} {string.Join(' ', status.Alarms)}".TrimEnd());
        Assert.Equal(minutes is { } given ? TimeSpan.FromMinutes(given) : null, status.Age);
        Assert.Equal(Now.AddDays(30), status.End);
    }

    [Fact]
    public void Without_a_bundle_nothing_of_the_domain_is_trusted_and_an_empty_one_says_so()
    {
        var none = Known([], null);
        Assert.Equal([PeerAlarm.NoBundle], PeerStatus.Of(none, Standing(none, Now, null, 0, null), Peers.Settings, Now).Alarms);
        var empty = Known(Peers.Document("other.org", 1, null), Now);
        Assert.Equal([PeerAlarm.TrustsNothing], PeerStatus.Of(empty, Standing(empty, Now, 0, 0, null), Peers.Settings, Now).Alarms);

        // A domain of tokens alone.
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.True(JwtBundle.TryCreate(Peers.Other, [new JwtAuthority("k", key.ExportSubjectPublicKeyInfo())], out var keys, out _));
        var tokens = Known(SpiffeBundleWriter.Write(new TrustBundle(X509Bundle.Empty(Peers.Other), 1) { Jwt = keys }), Now);
        Assert.Empty(PeerStatus.Of(tokens, Standing(tokens, Now, 0, 0, null), Peers.Settings, Now).Alarms);
    }

    // spiffe §4.2: what the store knows of the last success is up to an hour old; a start, and a standby that never fetches, must not cry for that.
    [Theory]
    [InlineData(80, "ok")]
    [InlineData(81, "alarm")]
    public void Before_this_process_has_asked_an_alarm_allows_for_what_was_not_written_down(int minutes, string expected)
    {
        var known = Known(Peers.Document("other.org", 1, null, _root), Now.AddDays(-1));
        var standing = Standing(known, Now, minutes, 0, null) with { LastAttempt = null };
        Assert.Equal(expected, PeerStatus.Of(known, standing, Peers.Settings, Now).Word);
    }

    [Fact]
    public void A_clock_that_was_set_back_makes_no_age_negative()
    {
        var known = Known(Peers.Document("other.org", 1, null, _root), Now);
        Assert.Equal(TimeSpan.Zero, PeerStatus.Of(known, Standing(known, Now, 0, 0, null), Peers.Settings, Now.AddHours(-1)).Age);
    }

    private static KnownPeer Known(byte[] document, DateTimeOffset? acceptedAt)
    {
        var peer = new FederatedPeer
        {
            TrustDomain = Peers.Other,
            Relationship = Peers.Web(),
            Document = document,
            AcceptedAt = acceptedAt,
            Actor = "uid:0",
            CreatedAt = acceptedAt ?? Now,
        };
        return FederationSnapshot.Compile(new StoredFederation { Revision = 1, Peers = [peer] }, FederationSnapshot.None).Peers[0];
    }

    private static PeerStanding Standing(KnownPeer known, DateTimeOffset now, int? minutes, int failures, FetchFault? fault) => new()
    {
        Relationship = known.Peer.Relationship!,
        Interval = TimeSpan.FromMinutes(5),
        NextAttempt = now,
        LastAttempt = now,
        LastSuccess = minutes is { } given ? now.AddMinutes(-given) : null,
        Failures = failures,
        Fault = fault,
    };
}
