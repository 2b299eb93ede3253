using System.Diagnostics.CodeAnalysis;
using FsCheck;
using FsCheck.Fluent;
using MeshCA.Authorities;
using MeshCA.Issuance;
using Xunit;

namespace MeshCA.Tests.Rotations;

/// <summary>Random orders, time and crashes against the authorities' state machine; what must always hold is checked after each.</summary>
public sealed class RotationPlannerTests
{
    private const int Kinds = 16;

    [Fact]
    [SuppressMessage("Usage", "VSTHRD002", Justification = "The store is memory: every task has ended when it is returned, and FsCheck takes no tasks.")]
    public void No_order_and_no_crash_breaks_what_a_mesh_relies_on() =>
        Prop.ForAll(Runs().ToArbitrary(), run =>
        {
            using var walk = new Walk();
            foreach (var step in run)
            {
                walk.TakeAsync(step).GetAwaiter().GetResult();
                walk.Check();
            }

            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(150).WithEndSize(60));

    private static Gen<int[]> Runs() => Gen.Choose(0, (Kinds * 97) - 1).ArrayOf();

    private sealed class Walk : IDisposable
    {
        private readonly MeshModel _mesh = new();
        private readonly HashSet<string> _forcedOut = [];
        private ulong _sequence;
        private ulong _revision;
        private int _issued;

        [SuppressMessage("Usage", "VSTHRD002", Justification = "The store is memory: the task has ended when it is returned.")]
        public Walk() => _mesh.AdvanceAsync().GetAwaiter().GetResult();

        public async Task TakeAsync(int step)
        {
            var (kind, choice) = (step % Kinds, step / Kinds);
            var isForced = choice % 5 == 0;
            try
            {
                await (kind switch
                {
                    0 => _mesh.Coordinator.BeginAsync(choice % 2 == 0, Order(false), default),
                    1 => OrderAsync(new AuthorityCommand.Activate(), isForced),
                    2 => OrderAsync(new AuthorityCommand.Retire(), isForced),
                    3 => OrderAsync(new AuthorityCommand.Rollback(), isForced),
                    4 => OrderAsync(new AuthorityCommand.Hold(false), false),
                    5 => OrderAsync(new AuthorityCommand.Resume(), false),
                    6 => OrderAsync(new AuthorityCommand.Taint(Pick(choice)), false),
                    7 => OrderAsync(new AuthorityCommand.Revoke(Pick(choice)), isForced),
                    8 => _mesh.Coordinator.RenewAsync(Pick(choice), Order(false), default),
                    9 or 10 or 11 => StepAsync(),
                    12 => CrashAsync(choice),
                    13 => Elapse(TimeSpan.FromMinutes(choice)),
                    14 => Elapse(TimeSpan.FromHours(choice / 2)),
                    _ => Issue(choice),
                });
            }
            catch (JournalUnavailableException)
            {
                // The store failed where the run says; what follows must come right again.
            }
            finally
            {
                _mesh.Store.Fails = false;
            }

            _mesh.Store.KeyOpened = null;
            await _mesh.AdvanceAsync();
        }

        public void Check()
        {
            var set = _mesh.Authorities;
            var snapshot = _mesh.Current;
            Assert.Single(set.Authorities, a => a is { Kind: AuthorityKind.Root, State: AuthorityState.Active });
            Assert.Single(set.Authorities, a => a is { Kind: AuthorityKind.Intermediate, State: AuthorityState.Active });
            Assert.True(set.BundleSequence >= _sequence && set.Revision >= _revision, "a sequence went back");
            Assert.Equal(set.BundleSequence, snapshot.BundleSequence);
            (_sequence, _revision) = (set.BundleSequence, set.Revision);
            Assert.Equal(set.Authorities.Where(a => a.IsPublished).Select(a => a.Id).Order(), PublishedIds(set, snapshot));

            foreach (var leaf in _mesh.LiveLeaves.Where(leaf => !_forcedOut.Contains(RootOf(set, leaf))))
            {
                Assert.True(set.Authorities.Single(a => a.Id == RootOf(set, leaf)).IsPublished, "a live leaf lost its root");
                Assert.True(_mesh.Accepts(snapshot.Roots, leaf), "a live leaf does not verify against the bundle");
            }

            // Whoever has not learned of the new root yet, and whoever forgot the old one.
            var next = _mesh.Issue("probe", TimeSpan.FromSeconds(1));
            var rotation = set.Rotation is { IsUnderWay: true } underWay ? underWay : null;
            foreach (var root in set.Authorities.Where(a => a.IsPublished && (rotation is null || MustAccept(rotation, a))))
            {
                Assert.True(_mesh.Accepts([root.Certificate], next), $"{root.State} root alone does not accept a new leaf in {rotation?.Phase}");
            }
        }

        public void Dispose() => _mesh.Dispose();

        // A new root is accepted by who has only the old one, by its cross-certificate. Not the other way about: an old root's
        // leaf is not for those who have only the new one, and nobody is to be in that place.
        private static bool MustAccept(RotationRecord rotation, AuthorityRecord root) => rotation.Phase switch
        {
            RotationPhase.Draining => root.Id == rotation.OldRoot || root.Id == rotation.NewRoot,
            _ => root.Id == rotation.OldRoot,
        };

        private static IEnumerable<string> PublishedIds(AuthoritySet set, AuthoritySnapshot snapshot) => snapshot.Roots
            .Select(der => set.Authorities.Single(a => a.Kind == AuthorityKind.Root && a.Certificate.Span.SequenceEqual(der.Span)).Id)
            .Order();

        private static string RootOf(AuthoritySet set, ModelLeaf leaf) => set.Authorities.Single(a => a.Id == leaf.Authority).Issuer;

        private string Pick(int choice)
        {
            var ids = _mesh.Authorities.Authorities.Where(a => a.Kind != AuthorityKind.Cross).Select(a => a.Id).ToList();
            return ids[choice % ids.Count];
        }

        private CommandContext Order(bool isForced) => new(_mesh.Clock.GetUtcNow(), "uid:0", isForced ? "the test says so" : "", isForced);

        private async Task OrderAsync(AuthorityCommand command, bool isForced)
        {
            var before = _mesh.Authorities;
            await _mesh.Coordinator.ExecuteAsync(command, Order(isForced), default);
            if (isForced)
            {
                _forcedOut.UnionWith(before.Authorities.Where(a => a.IsPublished).Select(a => a.Id)
                    .Except(_mesh.Authorities.Authorities.Where(a => a.IsPublished).Select(a => a.Id)));
            }
        }

        private async Task StepAsync() => await _mesh.Coordinator.StepAsync(default);

        // The store fails at the n-th use of a key or at once, the process dies, and another takes over.
        private async Task CrashAsync(int choice)
        {
            var uses = choice % 3;
            _mesh.Store.KeyOpened = () => _mesh.Store.Fails = uses-- <= 0;
            try
            {
                await (choice % 2 == 0 ? StepAsync() : _mesh.Coordinator.BeginAsync(false, Order(false), default));
            }
            finally
            {
                _mesh.Store.KeyOpened = null;
                _mesh.Store.Fails = false;
                _mesh.Restart();
            }
        }

        private async Task Elapse(TimeSpan time)
        {
            _mesh.Clock.Advance(time);
            await _mesh.AdvanceAsync();
        }

        private Task Issue(int choice)
        {
            _mesh.Issue($"pod-{choice % 7}", TimeSpan.FromMinutes(10 + (_issued++ % 5 * 300)));
            return Task.CompletedTask;
        }
    }
}
