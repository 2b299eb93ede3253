namespace SpiffeIdentity.WorkloadApi.Messages;

/// <summary>What a message of the Workload API is: taken, or refused whole.</summary>
/// <typeparam name="T">What it says.</typeparam>
internal abstract record MessageOutcome<T>
    where T : class
{
    private MessageOutcome()
    {
    }

    /// <summary>It keeps every rule.</summary>
    public sealed record Accepted(T State) : MessageOutcome<T>;

    /// <summary>It breaks a rule.</summary>
    /// <param name="Rule">Which one, for people; without keys or tokens.</param>
    public sealed record Refused(string Rule) : MessageOutcome<T>;
}
