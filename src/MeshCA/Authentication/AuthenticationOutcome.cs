using MeshCA.Registration;

namespace MeshCA.Authentication;

/// <summary>What became of a caller's credentials.</summary>
internal abstract record AuthenticationOutcome
{
    private AuthenticationOutcome()
    {
    }

    /// <summary>The identity is proved.</summary>
    internal sealed record Authenticated(CallerIdentity Caller) : AuthenticationOutcome;

    /// <summary>The credentials prove nothing: UNAUTHENTICATED, with one opaque message.</summary>
    /// <param name="Reason">The rule broken; for log and audit only.</param>
    /// <param name="Detail">More of it, for people; bounded, printable, without secrets.</param>
    internal sealed record Refused(AuthenticationError Reason, string Detail = "") : AuthenticationOutcome;

    /// <summary>They cannot be judged now: UNAVAILABLE, which agents retry at once.</summary>
    /// <param name="Reason">What is missing; for log and audit only.</param>
    /// <param name="Detail">More of it, for people.</param>
    internal sealed record Unavailable(AuthenticationError Reason, string Detail = "") : AuthenticationOutcome;
}
