using System.Collections.Frozen;
using AuthzEngine.Requests;

namespace MeshCA.DecisionLog;

/// <summary>What the log keeps of a request beside what rules read, and what it never shows.</summary>
/// <param name="AlsoKept">Attributes that are kept, read or not; of headers, claims and metadata only what is read is.</param>
/// <param name="AlsoKeptHeaders">Headers that are kept, read or not, by names in lower case.</param>
/// <param name="SecretHeaders">Headers of which only a digest is kept, by names in lower case.</param>
/// <param name="Digest">Stands in for secrets.</param>
internal sealed record RedactionSettings(
    AttributeKinds AlsoKept, FrozenSet<string> AlsoKeptHeaders, FrozenSet<string> SecretHeaders, SecretDigest Digest)
{
    /// <summary>Headers that hold secrets by their definition: RFC 9110 §11, RFC 6265 §5.4.</summary>
    public static readonly IReadOnlyList<string> CredentialHeaders = ["authorization", "proxy-authorization", "cookie"];
}
