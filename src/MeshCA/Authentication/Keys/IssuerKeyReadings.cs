using MeshCA.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshCA.Authentication.Keys;

/// <summary>Tells of the keys of issuers of service-account tokens.</summary>
internal sealed class IssuerKeyReadings(CertificateMetrics metrics, ILogger logger) : IKeyReadings
{
    public void Changed(string name, VerificationKeySet keys) => Log.IssuerKeysChanged(logger, name, keys.Count, keys.Ignored);

    public void NotRead(string name, KeyReading.Failed failure, TimeSpan delay)
    {
        metrics.IssuerKeysNotRead(name);
        Log.IssuerKeysNotRead(logger, name, failure.Error.ToString(), failure.Detail, delay);
    }

    public void Faulted(string name, Exception exception) => Log.IssuerKeysFault(logger, exception, name);
}
