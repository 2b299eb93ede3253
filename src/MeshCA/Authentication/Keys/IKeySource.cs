namespace MeshCA.Authentication.Keys;

/// <summary>Where an issuer's keys are read from.</summary>
internal interface IKeySource
{
    /// <summary>Reads the keys anew.</summary>
    Task<KeyReading> ReadAsync(CancellationToken cancellationToken);
}

/// <summary>Why keys could not be read.</summary>
internal enum KeySourceError
{
    /// <summary>The file or server cannot be reached or read.</summary>
    Unreachable,

    /// <summary>The server's answer is no success; redirects are none.</summary>
    BadStatus,

    /// <summary>The document exceeds the size limit.</summary>
    TooLarge,

    /// <summary>The discovery document is not of its form, or names another issuer, OpenID Connect Discovery §4.3.</summary>
    BadDiscovery,

    /// <summary>The JWK Set breaks a rule.</summary>
    BadKeySet,

    /// <summary>The file of trusted authorities cannot be used.</summary>
    BadCaFile,
}

/// <summary>What a look at a key source brought.</summary>
internal abstract record KeyReading
{
    private KeyReading()
    {
    }

    /// <summary>Keys.</summary>
    internal sealed record Read(VerificationKeySet Keys) : KeyReading;

    /// <summary>None.</summary>
    internal sealed record Failed(KeySourceError Error, string Detail) : KeyReading;

    /// <summary>Reads a JWK Set that was fetched.</summary>
    public static KeyReading Parse(ReadOnlyMemory<byte> document) =>
        JsonWebKeySetParser.TryParse(document, out var keys, out var error)
            ? new Read(keys)
            : new Failed(KeySourceError.BadKeySet, error.ToString());
}
