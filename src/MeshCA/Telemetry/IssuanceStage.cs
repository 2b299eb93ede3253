namespace MeshCA.Telemetry;

/// <summary>A step of issuing whose duration is measured.</summary>
internal enum IssuanceStage
{
    /// <summary>From credentials to a caller identity.</summary>
    Authenticate,

    /// <summary>From PEM to a request whose signature holds.</summary>
    Parse,

    /// <summary>From request to linted to-be-signed bytes.</summary>
    Plan,

    /// <summary>The signature, with its check where one is made.</summary>
    Sign,

    /// <summary>Until the record was durable.</summary>
    Journal,

    /// <summary>The whole answer.</summary>
    Total,
}

/// <summary>Why an authenticated request got no certificate, in istiod's words.</summary>
internal enum SignErrorKind
{
    /// <summary>No authority can sign, or the store takes no record.</summary>
    CaNotReady,

    /// <summary>The request is malformed or breaks the key policy.</summary>
    CsrError,

    /// <summary>The lifetime asked for cannot be granted.</summary>
    TtlError,

    /// <summary>Signing, linting or checking failed.</summary>
    CertGenError,

    /// <summary>Anything else.</summary>
    Unknown,
}
