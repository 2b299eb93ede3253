namespace KubernetesClient;

/// <summary>What the API server answered. Refusals and outages are values; only cancellation by the caller throws.</summary>
/// <typeparam name="T">What it answers when all is well.</typeparam>
public abstract record ApiOutcome<T>
{
    private ApiOutcome()
    {
    }

    /// <summary>It did what was asked.</summary>
    /// <param name="Value">Its answer.</param>
    public sealed record Done(T Value) : ApiOutcome<T>;

    /// <summary>It did not.</summary>
    /// <param name="Failure">Why.</param>
    public sealed record Failed(ApiFailure Failure) : ApiOutcome<T>;
}

/// <summary>Why a call of the API server failed.</summary>
/// <param name="Kind">The kind of failure, on which callers act.</param>
/// <param name="Message">For people; bounded, printable, without secrets.</param>
public sealed record ApiFailure(ApiFailureKind Kind, string Message)
{
    /// <summary>The HTTP status; 0 where there was no answer.</summary>
    public int Status { get; init; }

    /// <summary>How long the server asks to wait; null where it does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Whether the same call may succeed later: the server could not be asked, is busy, or stops.</summary>
    public bool IsTransient => Kind is ApiFailureKind.Unreachable or ApiFailureKind.TimedOut or ApiFailureKind.Overloaded or ApiFailureKind.ServerFault;
}

/// <summary>Kinds of failure.</summary>
public enum ApiFailureKind
{
    /// <summary>None.</summary>
    None,

    /// <summary>No connection, or it broke, or the server's certificate does not verify.</summary>
    Unreachable,

    /// <summary>No answer within the time for it.</summary>
    TimedOut,

    /// <summary>429, or 503 with a time to wait.</summary>
    Overloaded,

    /// <summary>Any other 5xx.</summary>
    ServerFault,

    /// <summary>401: the server does not know us.</summary>
    Unauthenticated,

    /// <summary>403: we may not.</summary>
    Forbidden,

    /// <summary>404: no such object, or no such resource.</summary>
    NotFound,

    /// <summary>409 with <c>AlreadyExists</c>.</summary>
    AlreadyExists,

    /// <summary>409: somebody else changed it.</summary>
    Conflict,

    /// <summary>410, or a watch's <c>ERROR</c> with <c>Expired</c>: list anew.</summary>
    Expired,

    /// <summary>400, 405, 413, 415, 422: what we sent is wrong.</summary>
    Rejected,

    /// <summary>The answer is not what the API promises, or exceeds a limit.</summary>
    BadAnswer,
}
