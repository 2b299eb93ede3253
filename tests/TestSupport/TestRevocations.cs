using MeshCA.Revocations;

namespace TestSupport;

/// <summary>Revocations that a test sets at once, without a store.</summary>
internal sealed class TestRevocations : IRevocations
{
    private volatile RevocationSnapshot _current = RevocationSnapshot.None;

    public RevocationSnapshot Current => _current;

    /// <summary>A ban of one identity, or of all below one.</summary>
    public static Revocation Ban(string id, bool isPrefix = false, long number = 1, DateTimeOffset? until = null) =>
        Of(isPrefix ? RevocationKind.Prefix : RevocationKind.Identity, id, number) with { ExpiresAt = until };

    public static Revocation Of(RevocationKind kind, string subject, long number = 1) =>
        new() { Number = number, Kind = kind, Subject = subject, Actor = "uid:0", Reason = "stolen", Time = DateTimeOffset.UnixEpoch };

    public static RevocationSnapshot Snapshot(params Revocation[] entries) =>
        RevocationSnapshot.Compile(new StoredRevocations { Revision = 1, Entries = entries }, previous: null);

    public void Set(params Revocation[] entries) => _current = Snapshot(entries);
}
