using MeshCA.Authorities;
using MeshCA.Leadership;
using Microsoft.Extensions.Logging.Abstractions;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Leadership;

public sealed class LeaderSnapshotsTests
{
    [Fact]
    public async Task Who_may_not_sign_sees_no_authority_to_sign_with()
    {
        var leadership = new TestLeadership { Term = 1 };
        var right = new SigningRight(leadership);
        using var rotator = new AuthorityRotator(new MemoryStore(), MeshAuthority.Settings, new ManualTimeProvider(), NullLogger<AuthorityRotator>.Instance);
        await rotator.AdvanceAsync(TestContext.Current.CancellationToken);
        var snapshots = new LeaderSnapshots(rotator, right);
        Assert.Null(snapshots.Current); // elected, and nothing taken over yet

        right.Grant(1);
        Assert.Same(rotator.Current, snapshots.Current);

        leadership.Term = null;
        Assert.Null(snapshots.Current);
    }
}
