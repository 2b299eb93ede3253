namespace MeshCA.Telemetry;

/// <summary>The instruments of JWT-SVIDs.</summary>
internal static class JwtSvidInstruments
{
    /// <summary>Tokens issued.</summary>
    public static readonly InstrumentDefinition Issued = Instruments.Counter(
        "meshca_jwt_svids_issued_total", "JWT-SVIDs issued, by the authenticator that proved the identity.", "authenticator");

    /// <summary>Requests refused.</summary>
    public static readonly InstrumentDefinition Refused = Instruments.Counter(
        "meshca_jwt_svids_refused_total", "Requests for JWT-SVIDs that were refused, by the rule that refused them.", "reason");

    /// <summary>Keys that are published.</summary>
    public static readonly InstrumentDefinition Keys = Instruments.Gauge(
        "meshca_jwt_keys", "Keys of JWT-SVIDs in the trust bundle; 0 where none are issued.");

    /// <summary>Whether there is a key that signs.</summary>
    public static readonly InstrumentDefinition CanSign = Instruments.Gauge(
        "meshca_jwt_key_ready", "Whether a key can sign JWT-SVIDs: 1 yes, 0 no.");

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<InstrumentDefinition> All = [Issued, Refused, Keys, CanSign];
}
