namespace AuthzEngine.Formats.Registration;

/// <summary>Which callers of an agent have which identity, as written.</summary>
/// <param name="Entries">The entries, in their order.</param>
public sealed record WrittenRegistration(IReadOnlyList<WrittenEntry> Entries);

/// <summary>An identity and who may have it.</summary>
public sealed record WrittenEntry
{
    /// <summary>Its name, unique in the file.</summary>
    public required string Name { get; init; }

    /// <summary>The line on which it begins.</summary>
    public required int Line { get; init; }

    /// <summary>The identity; empty: what the CA gives for the credential.</summary>
    public required string SpiffeId { get; init; }

    /// <summary>What must hold for a caller: all of them. None: every caller, and the file says so.</summary>
    public required IReadOnlyList<WrittenSelector> Selectors { get; init; }

    /// <summary>What workloads are told about it; empty: nothing.</summary>
    public string Hint { get; init; } = "";

    /// <summary>Absolute path of the file with its token; empty: the agent's own credential.</summary>
    public string TokenFile { get; init; } = "";
}

/// <summary>One fact about a caller.</summary>
/// <param name="Kind">What kind of fact.</param>
/// <param name="Number">The user's or group's number.</param>
public sealed record WrittenSelector(WrittenSelectorKind Kind, uint Number);

/// <summary>A kind of fact about a caller.</summary>
public enum WrittenSelectorKind
{
    /// <summary><c>unix:uid</c>.</summary>
    UserId,

    /// <summary><c>unix:gid</c>.</summary>
    GroupId,
}

/// <summary>What a registration must fit into.</summary>
public sealed record RegistrationBounds
{
    /// <summary>Says what is wrong with a SPIFFE ID; null: nothing.</summary>
    public required Func<string, string?> FaultOfId { get; init; }
}
