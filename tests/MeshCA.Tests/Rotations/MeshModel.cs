using MeshCA.Authorities;
using MeshCA.Consumers;
using MeshCA.Cryptography;
using MeshCA.Issuance;
using MeshCA.Issuance.Lints;
using MeshCA.Rotations;
using Microsoft.Extensions.Logging.Abstractions;
using SpiffeIdentity.Bundles;
using SpiffeIdentity.Svids;
using TestSupport;

namespace MeshCA.Tests.Rotations;

/// <summary>A mesh in small: the real rotator and coordinator over a store in memory that can fail, and leaves that are remembered.</summary>
internal sealed class MeshModel : IFleetSource, IDisposable
{
    public static readonly RotationSettings Settings = new()
    {
        PropagationWindow = TimeSpan.FromHours(1),
        SettleTime = TimeSpan.FromSeconds(30),
        HoldOverdueShare = 1,
        HoldFailureShare = 1,
        AtShareOfLife = 0,
        LeafLifetime = TimeSpan.FromHours(24),
        MaxLeafLifetime = TimeSpan.FromDays(15),
    };

    private readonly RotationSettings _settings;
    private readonly List<ModelLeaf> _leaves = [];
    private AuthorityRotator _rotator;

    public MeshModel(RotationSettings? settings = null)
    {
        _settings = settings ?? Settings;
        _rotator = NewRotator();
    }

    public ManualTimeProvider Clock { get; } = new();

    public MemoryStore Store { get; } = new();

    public RotationCoordinator Coordinator => new(_rotator, this, () => Count, _settings, Clock);

    public AuthoritySnapshot Current => _rotator.Current!;

    public IssuanceCount Count { get; set; } = new(0, 0);

    public int Overdue { get; set; }

    /// <summary>Whether no certificate can live that is not known.</summary>
    public bool IsComplete { get; set; } = true;

    /// <summary>Called when somebody has measured, before they hear of it.</summary>
    public Func<Task>? Measured { get; set; }

    /// <summary>Consumers that report, with the sequence each has in use.</summary>
    public List<long> Consumers { get; } = [];

    public IEnumerable<ModelLeaf> LiveLeaves => _leaves.Where(leaf => leaf.NotAfter > Clock.GetUtcNow());

    public AuthoritySet Authorities => Store.Present;

    public Task AdvanceAsync() => _rotator.AdvanceAsync(default);

    /// <summary>As after <c>kill -9</c>: all that was in memory is gone.</summary>
    public void Restart()
    {
        _rotator.Dispose();
        _rotator = NewRotator();
    }

    public ModelLeaf Issue(string holder, TimeSpan lifetime)
    {
        var now = Clock.GetUtcNow();
        using var key = SigningKey.Generate(KeyAlgorithm.EcdsaP256);
        var signer = Current.Signer;
        var end = ValidityPlanner.WholeSecond(now) + lifetime;
        var plan = MeshAuthority.LeafPlan(signer, key.PublicKey, now) with
        {
            NotBefore = ValidityPlanner.WholeSecond(now) - TimeSpan.FromMinutes(2),
            NotAfter = end < signer.NotAfter ? end : signer.NotAfter,
        };
        LintedCertificate.TryLint(TbsCertificateBuilder.Build(plan), plan, out var linted, out _);
        var leaf = new ModelLeaf(
            holder, signer.Id, now, plan.NotAfter, Current.BundleSequence, [signer.Sign(linted!).Der, .. Current.Intermediates]);
        _leaves.Add(leaf);
        return leaf;
    }

    /// <summary>Whether who trusts exactly these roots accepts a leaf with its chain.</summary>
    public bool Accepts(IEnumerable<ReadOnlyMemory<byte>> roots, ModelLeaf leaf) =>
        X509Bundle.TryCreate(MeshAuthority.TrustDomain, [.. roots], out var bundle, out _)
        && X509PathBuilder.TryBuild(leaf.Chain, bundle, Clock.GetUtcNow(), out _, out _);

    public async ValueTask<FleetReport> MeasureAsync(long targetSequence, CancellationToken cancellationToken)
    {
        var live = LiveLeaves.ToList();
        var newest = live.GroupBy(leaf => leaf.Holder).Select(group => group.MaxBy(leaf => leaf.IssuedAt)!).ToList();
        var late = newest.Where(leaf => (long)leaf.Sequence < targetSequence).ToList();
        var report = new FleetReport
        {
            MeasuredAt = Clock.GetUtcNow(),
            TargetSequence = targetSequence,
            Consumers = Consumers.Count,
            ConsumersUpdated = Consumers.Count(sequence => sequence >= targetSequence),
            Holders = newest.Count,
            HoldersUpdated = newest.Count - late.Count,
            HoldersOverdue = Overdue,
            LiveLeaves = live.Count,
            ByAuthority = live.GroupBy(leaf => leaf.Authority)
                .ToDictionary(group => group.Key, group => new AuthorityLeaves(group.Count(), group.Max(leaf => leaf.NotAfter))),
            Laggards = [.. late.Select(leaf => new Laggard(leaf.Holder, null, null, (long)leaf.Sequence, leaf.NotAfter, LaggardKind.Holder))],
            LaggardCount = late.Count,
            IsComplete = IsComplete,
        };
        if (Measured is { } measured)
        {
            Measured = null;
            await measured();
        }

        return report;
    }

    public ValueTask<FleetReport> MeasureConsumersAsync(long targetSequence, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("roots are judged by holders too");

    public void Dispose() => _rotator.Dispose();

    private AuthorityRotator NewRotator() => new(Store, MeshAuthority.Settings, Clock, NullLogger<AuthorityRotator>.Instance);
}

/// <summary>A leaf that somebody holds.</summary>
internal sealed record ModelLeaf(
    string Holder,
    string Authority,
    DateTimeOffset IssuedAt,
    DateTimeOffset NotAfter,
    ulong Sequence,
    IReadOnlyList<ReadOnlyMemory<byte>> Chain);
