using AuthzEngine.Matching;
using AuthzEngine.Policies;

namespace AuthzEngine.Compilation;

/// <summary>One field of a rule, translated: an attribute and the values of which one must match (negated: none may).</summary>
/// <param name="Field">Path within the resource, such as <c>spec.rules[0].from[1].source.principals</c>.</param>
/// <param name="Negated">Whether it is a <c>not</c> field.</param>
public abstract record Clause(string Field, bool Negated)
{
    /// <summary>The peer's identity.</summary>
    /// <param name="Field"><inheritdoc cref="Clause"/></param>
    /// <param name="Negated"><inheritdoc cref="Clause"/></param>
    /// <param name="Patterns">Patterns, aliases expanded.</param>
    public sealed record Peer(string Field, bool Negated, IReadOnlyList<PeerPattern> Patterns) : Clause(Field, Negated);

    /// <summary>An address.</summary>
    /// <param name="Field"><inheritdoc cref="Clause"/></param>
    /// <param name="Negated"><inheritdoc cref="Clause"/></param>
    /// <param name="Attribute">Whose.</param>
    /// <param name="Blocks">Blocks.</param>
    public sealed record Address(string Field, bool Negated, AddressAttribute Attribute, IReadOnlyList<CidrBlock> Blocks)
        : Clause(Field, Negated);

    /// <summary>The port of the destination.</summary>
    /// <param name="Field"><inheritdoc cref="Clause"/></param>
    /// <param name="Negated"><inheritdoc cref="Clause"/></param>
    /// <param name="Ports">Ports.</param>
    public sealed record Port(string Field, bool Negated, IReadOnlyList<int> Ports) : Clause(Field, Negated);

    /// <summary>A text attribute.</summary>
    /// <param name="Field"><inheritdoc cref="Clause"/></param>
    /// <param name="Negated"><inheritdoc cref="Clause"/></param>
    /// <param name="Attribute">Which.</param>
    /// <param name="Patterns">Patterns.</param>
    public sealed record Text(string Field, bool Negated, TextAttribute Attribute, IReadOnlyList<TextPattern> Patterns)
        : Clause(Field, Negated);

    /// <summary>The path without query and fragment.</summary>
    /// <param name="Field"><inheritdoc cref="Clause"/></param>
    /// <param name="Negated"><inheritdoc cref="Clause"/></param>
    /// <param name="Patterns">Patterns.</param>
    public sealed record Path(string Field, bool Negated, IReadOnlyList<PathPattern> Patterns) : Clause(Field, Negated);

    /// <summary>A header.</summary>
    /// <param name="Field"><inheritdoc cref="Clause"/></param>
    /// <param name="Negated"><inheritdoc cref="Clause"/></param>
    /// <param name="Name">Its name in lower case; never one that is a <see cref="TextAttribute"/>.</param>
    /// <param name="Lines">How several lines are matched.</param>
    /// <param name="Patterns">Patterns.</param>
    public sealed record Header(
        string Field, bool Negated, string Name, RepeatedHeaders Lines, IReadOnlyList<TextPattern> Patterns)
        : Clause(Field, Negated);

    /// <summary>Issuer and subject of the token.</summary>
    /// <param name="Field"><inheritdoc cref="Clause"/></param>
    /// <param name="Negated"><inheritdoc cref="Clause"/></param>
    /// <param name="Patterns">Patterns.</param>
    public sealed record RequestPrincipal(string Field, bool Negated, IReadOnlyList<RequestPrincipalPattern> Patterns)
        : Clause(Field, Negated);

    /// <summary>A claim of the token.</summary>
    /// <param name="Field"><inheritdoc cref="Clause"/></param>
    /// <param name="Negated"><inheritdoc cref="Clause"/></param>
    /// <param name="Claim">The way to it.</param>
    /// <param name="Patterns">Patterns.</param>
    public sealed record Claims(string Field, bool Negated, ClaimPath Claim, IReadOnlyList<TextPattern> Patterns)
        : Clause(Field, Negated);

    /// <summary>A key of a filter's dynamic metadata.</summary>
    /// <param name="Field"><inheritdoc cref="Clause"/></param>
    /// <param name="Negated"><inheritdoc cref="Clause"/></param>
    /// <param name="Filter">Name of the filter, <c>envoy.filters.F</c>.</param>
    /// <param name="Key">Key within its metadata.</param>
    /// <param name="Patterns">Patterns.</param>
    public sealed record Metadata(
        string Field, bool Negated, string Filter, string Key, IReadOnlyList<MetadataPattern> Patterns)
        : Clause(Field, Negated);
}

/// <summary>Whose address.</summary>
public enum AddressAttribute
{
    /// <summary>The direct peer's: source.ip, ipBlocks.</summary>
    Source,

    /// <summary>The original client's: remote.ip, remoteIpBlocks.</summary>
    Remote,

    /// <summary>The destination's: destination.ip.</summary>
    Destination,
}

/// <summary>Attributes that are one text.</summary>
public enum TextAttribute
{
    /// <summary><c>:authority</c>, also known as the header <c>host</c>.</summary>
    Host,

    /// <summary><c>:method</c>.</summary>
    Method,

    /// <summary><c>:path</c> with its query: <c>request.headers[:path]</c> only.</summary>
    RawPath,

    /// <summary>Server name, in lower case; absent is the empty text.</summary>
    Sni,
}
