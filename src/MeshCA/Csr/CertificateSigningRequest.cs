using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using MeshCA.Cryptography;
using SpiffeIdentity.Der;
using SpiffeIdentity.Pem;

namespace MeshCA.Csr;

/// <summary>A PKCS#10 request (RFC 2986) whose sender was shown to hold the private key. It proves a key, not an identity.</summary>
/// <remarks>Immutable; exists only with a verified proof of possession and a key that the policy allows.</remarks>
internal sealed class CertificateSigningRequest
{
    private const string Label = "CERTIFICATE REQUEST"; // RFC 7468 §7
    private const string OldLabel = "NEW CERTIFICATE REQUEST"; // RFC 7468 §7: parsers MAY accept it; istiod does

    private CertificateSigningRequest(SubjectPublicKey publicKey, RequestedNames names) => (PublicKey, Names) = (publicKey, names);

    /// <summary>The key to certify.</summary>
    public SubjectPublicKey PublicKey { get; }

    /// <summary>The DNS names asked for; a wish, which an issuance policy may grant.</summary>
    public RequestedNames Names { get; }

    /// <summary>Reads the first PEM block of a text and verifies it; what stands before and after is ignored, as istiod does.</summary>
    /// <param name="pem">The text; untrusted.</param>
    /// <param name="policy">The limits and the keys allowed.</param>
    /// <param name="request">The request, or null.</param>
    /// <param name="error">The rule that was broken, or <see cref="CsrError.None"/>.</param>
    public static bool TryParsePem(
        ReadOnlySpan<char> pem,
        CsrPolicy policy,
        [NotNullWhen(true)] out CertificateSigningRequest? request,
        out CsrError error)
    {
        request = null;
        error = pem.IsEmpty ? CsrError.Empty : pem.Length > policy.MaxLength ? CsrError.TooLarge : CsrError.None;
        if (error != CsrError.None)
        {
            return false;
        }

        var reader = new PemReader(pem);
        if (!reader.TryRead(out var label, out var der, out var pemError))
        {
            error = pemError == PemError.NoBlock ? CsrError.NoPem : CsrError.MalformedPem;
            return false;
        }

        if (label is not (Label or OldLabel))
        {
            error = CsrError.WrongLabel;
            return false;
        }

        return TryParse(der, policy.Keys, out request, out error);
    }

    /// <summary>Reads a request in DER and verifies it.</summary>
    /// <param name="der">The request and nothing behind it; untrusted, of a length that the caller has limited.</param>
    /// <param name="policy">The keys allowed.</param>
    /// <param name="request">The request, or null.</param>
    /// <param name="error">The rule that was broken, or <see cref="CsrError.None"/>.</param>
    public static bool TryParse(
        ReadOnlySpan<byte> der,
        KeyPolicy policy,
        [NotNullWhen(true)] out CertificateSigningRequest? request,
        out CsrError error)
    {
        error = TryReadKey(der, policy, out var key, out var names, out var proof);
        if (error == CsrError.None && key is not null)
        {
            error = CheckPossession(key, proof);
        }

        request = error == CsrError.None && key is not null ? new CertificateSigningRequest(key, names) : null;
        return request is not null;
    }

    private static CsrError TryReadKey(
        ReadOnlySpan<byte> der, KeyPolicy policy, out SubjectPublicKey? key, out RequestedNames names, out Proof proof)
    {
        key = null;
        names = default;
        proof = default;
        var outer = new DerReader(der);
        if (!outer.TryReadSequence(out var request))
        {
            return CsrError.MalformedDer;
        }

        if (!outer.IsAtEnd)
        {
            return CsrError.TrailingBytes;
        }

        if (!request.TryReadSequence(out var content, out var signed)
            || !request.TryReadSequence(out var identifier)
            || !request.TryReadBits(out var signature)
            || !request.IsAtEnd)
        {
            return CsrError.MalformedDer;
        }

        var error = ReadContent(content, policy, out key, out names);
        if (error != CsrError.None)
        {
            return error;
        }

        error = SignatureAlgorithm.Read(identifier, out var algorithm);
        proof = new Proof(algorithm, signed, signature);
        return error;
    }

    private static CsrError ReadContent(DerReader content, KeyPolicy policy, out SubjectPublicKey? key, out RequestedNames names)
    {
        key = null;
        names = default;
        if (!content.TryReadUnsigned(out var version))
        {
            return CsrError.MalformedDer;
        }

        if (version is not [0])
        {
            return CsrError.BadVersion;
        }

        if (!RequestContent.TryReadSubject(ref content))
        {
            return CsrError.MalformedSubject;
        }

        if (!content.TryReadSequence(out var publicKeyInfo))
        {
            return CsrError.MalformedPublicKey;
        }

        if (!RequestContent.TryReadAttributes(ref content, out var attributes) || !content.IsAtEnd)
        {
            return CsrError.MalformedAttributes;
        }

        names = RequestedNames.Of(attributes);

        PublicKeyReader.TryRead(publicKeyInfo, policy, out key, out var error);
        return error;
    }

    private static CsrError CheckPossession(SubjectPublicKey key, Proof proof)
    {
        var isRsa = key.Algorithm == KeyAlgorithm.Rsa;
        if (isRsa != proof.Algorithm.IsRsa)
        {
            return CsrError.SignatureOfOtherKeyType;
        }

        return PublicKeyVerifier.Check(key, proof.Algorithm.Hash, proof.Signed, proof.Signature) switch
        {
            SignatureCheck.Valid => CsrError.None,
            SignatureCheck.Invalid => CsrError.BadSignature,
            SignatureCheck.InvalidKey => isRsa ? CsrError.MalformedPublicKey : CsrError.PointOffCurve,
            _ => throw new UnreachableException(),
        };
    }

    /// <summary>What has to be verified.</summary>
    private readonly ref struct Proof(
        SignatureAlgorithm algorithm, ReadOnlySpan<byte> signed, ReadOnlySpan<byte> signature)
    {
        public SignatureAlgorithm Algorithm { get; } = algorithm;

        public ReadOnlySpan<byte> Signed { get; } = signed;

        public ReadOnlySpan<byte> Signature { get; } = signature;
    }
}
