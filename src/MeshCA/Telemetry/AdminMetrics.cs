using System.Diagnostics.Metrics;

namespace MeshCA.Telemetry;

/// <summary>What is counted of administrators' calls.</summary>
internal sealed class AdminMetrics
{
    private readonly Counter<long> _calls;

    /// <summary>Creates the instrument.</summary>
    /// <param name="meterFactory">Owns the meter.</param>
    public AdminMetrics(IMeterFactory meterFactory) =>
        _calls = meterFactory.Create(CertificateMetrics.MeterName).CreateCounter<long>(
            Instruments.AdminCalls.Name, null, Instruments.AdminCalls.Help);

    /// <summary>A call ended.</summary>
    /// <param name="method">Its gRPC path, one of those that are served.</param>
    /// <param name="outcome"><c>ok</c>, <c>refused</c>, <c>failed</c> or <c>denied</c>.</param>
    public void Called(string method, string outcome) =>
        _calls.Add(1, new(Instruments.AdminCalls.Labels[0], method), new(Instruments.AdminCalls.Labels[1], outcome));
}
