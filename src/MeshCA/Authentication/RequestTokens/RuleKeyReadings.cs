using MeshCA.Authentication.Keys;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshCA.Authentication.RequestTokens;

/// <summary>Tells of the keys of rules.</summary>
internal sealed class RuleKeyReadings(ILogger logger) : IKeyReadings
{
    public void Changed(string name, VerificationKeySet keys) => Log.RuleKeysChanged(logger, name, keys.Count, keys.Ignored);

    public void NotRead(string name, KeyReading.Failed failure, TimeSpan delay) =>
        Log.RuleKeysNotRead(logger, name, failure.Error.ToString(), failure.Detail, delay);

    public void Faulted(string name, Exception exception) => Log.RuleKeysFault(logger, exception, name);
}
