using MeshCA.Storage.Verification;

namespace MeshCA.Storage.Backups;

/// <summary>How work with a backup ended.</summary>
internal abstract record BackupOutcome
{
    private BackupOutcome()
    {
    }

    /// <summary>The backup was made.</summary>
    /// <param name="Manifest">What is in it.</param>
    internal sealed record Created(BackupManifest Manifest) : BackupOutcome;

    /// <summary>The backup is whole, and the store in it as the service wrote it.</summary>
    /// <param name="Manifest">What is in it.</param>
    /// <param name="Report">What verifying its chains gave.</param>
    internal sealed record Verified(BackupManifest Manifest, VerificationReport Report) : BackupOutcome;

    /// <summary>The store was restored.</summary>
    /// <param name="Manifest">What was in the backup.</param>
    /// <param name="Gap">What is lost.</param>
    internal sealed record Restored(BackupManifest Manifest, RestoreGap Gap) : BackupOutcome;

    /// <summary>Nothing was done.</summary>
    /// <param name="Error">Why.</param>
    /// <param name="Message">The same for people.</param>
    internal sealed record Refused(BackupError Error, string Message) : BackupOutcome;
}

/// <summary>What a restored store does not know.</summary>
/// <param name="KnownUntil">Time of the newest record; the time of the backup where there is none.</param>
/// <param name="RestoredAt">When it was restored: certificates issued in between have no record, and cannot renew without a token.</param>
internal sealed record RestoreGap(DateTimeOffset KnownUntil, DateTimeOffset RestoredAt)
{
    /// <summary>How long the gap is.</summary>
    public TimeSpan Length => RestoredAt > KnownUntil ? RestoredAt - KnownUntil : TimeSpan.Zero;
}
