namespace SpiffeIdentity.WorkloadApi;

/// <summary>Why there is no SVID to show.</summary>
/// <param name="Reason">The reason.</param>
/// <param name="ExpiredSince">For how long the last one has been expired; null if it has not.</param>
/// <param name="LastFailure">Why the Workload API sent nothing newer; null where it did not fail.</param>
public sealed record SvidUnavailable(SvidUnavailableReason Reason, TimeSpan? ExpiredSince = null, WorkloadApiFailure? LastFailure = null)
{
    /// <summary>The reason in words.</summary>
    /// <returns>Text for logs.</returns>
    public override string ToString() => Reason switch
    {
        SvidUnavailableReason.Expired => $"the SVID expired {ExpiredSince} ago{Cause}",
        SvidUnavailableReason.NoneChosen => "none of the SVIDs was chosen",
        SvidUnavailableReason.Closed => "the source is disposed",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private string Cause => LastFailure is null ? "" : $"; the Workload API: {LastFailure}";
}

/// <summary>The reasons why there is no SVID to show.</summary>
public enum SvidUnavailableReason
{
    /// <summary>The last SVID has expired, and no newer one came.</summary>
    Expired,

    /// <summary>The chooser that the source was created with takes none of the SVIDs.</summary>
    NoneChosen,

    /// <summary>The source is disposed.</summary>
    Closed,
}

/// <summary>There is no SVID to show.</summary>
/// <param name="unavailable">Why.</param>
public sealed class SvidUnavailableException(SvidUnavailable unavailable) : Exception(unavailable?.ToString())
{
    /// <summary>Why.</summary>
    public SvidUnavailable Unavailable { get; } = unavailable ?? throw new ArgumentNullException(nameof(unavailable));
}
