using MeshCA.Revocations;

namespace MeshCA.Decisions;

/// <summary>What a question tells of the peer whose request it is about; untrusted.</summary>
/// <param name="Principal">Its SPIFFE ID; null or empty: it has none, or nobody knows.</param>
/// <param name="IsUnknown">Whether nobody knows.</param>
internal readonly record struct SourceReference(string? Principal, bool IsUnknown)
{
    /// <summary>Its certificate, read only where certificates are revoked; null: the question does not hold it.</summary>
    public Func<CertificateFacts?>? Certificate { get; init; }
}
