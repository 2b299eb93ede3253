using MeshCA.Telemetry;
using Xunit;

namespace MeshCA.Tests.Telemetry;

public sealed class OtlpExportTests
{
    [Theory]
    [InlineData("http://h:4317", false, OtlpExport.TracesPath, "http://h:4317/")]
    [InlineData("http://h:4318", true, OtlpExport.TracesPath, "http://h:4318/v1/traces")]
    [InlineData("http://h:4318/", true, OtlpExport.TracesPath, "http://h:4318/v1/traces")]
    [InlineData("http://h/otlp", true, OtlpExport.TracesPath, "http://h/otlp/v1/traces")]
    [InlineData("http://h/otlp/v1/traces", true, OtlpExport.TracesPath, "http://h/otlp/v1/traces")]
    [InlineData("http://h:4317", false, OtlpExport.LogsPath, "http://h:4317/")]
    [InlineData("http://h:4318", true, OtlpExport.LogsPath, "http://h:4318/v1/logs")]
    [InlineData("http://h/otlp/v1/traces", true, OtlpExport.LogsPath, "http://h/otlp/v1/logs")]
    public void Only_the_http_form_gets_the_path_of_the_signal(string endpoint, bool http, string path, string address) => Assert.Equal(
        address,
        OtlpExport.Address(new Uri(endpoint), http ? OtlpTransport.HttpProtobuf : OtlpTransport.Grpc, path).AbsoluteUri);
}
