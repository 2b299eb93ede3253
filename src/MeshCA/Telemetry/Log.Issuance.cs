using Microsoft.Extensions.Logging;

namespace MeshCA.Telemetry;

/// <summary>8400-8449: the issuance policy.</summary>
internal static partial class Log
{
    [LoggerMessage(8400, LogLevel.Information, "issuance policy: {Path} is in force: {Rules} rules, SHA-256 {Hash}")]
    public static partial void IssuancePolicyInForce(ILogger logger, string path, int rules, string hash);

    [LoggerMessage(8401, LogLevel.Error, "issuance policy: {Path} is not in force as it is now, what it last held is: {Faults} ({Count} in all)")]
    public static partial void IssuancePolicyRefused(ILogger logger, string path, string faults, int count);

    [LoggerMessage(8402, LogLevel.Information, "issuance policy: {Path} is again what is in force")]
    public static partial void IssuancePolicyRecovered(ILogger logger, string path);

    [LoggerMessage(8403, LogLevel.Error, "issuance policy: a fault of the loader; the last policy stays in force and it is tried again")]
    public static partial void IssuancePolicyFault(ILogger logger, Exception exception);
}
