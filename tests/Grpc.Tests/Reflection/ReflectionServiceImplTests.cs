using Google.Protobuf.Reflection;
using Grpc.Reflection;
using Grpc.Reflection.V1;
using Grpc.Testing;
using Grpc.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Grpc.Tests.Reflection;

public sealed class ReflectionServiceImplTests
{
    private readonly ReflectionServiceImpl _reflection = new([TestService.Descriptor, Health.V1.Health.Descriptor]);

    [Fact]
    public void Services_are_listed_in_order() => Assert.Equal(
        ["grpc.health.v1.Health", TestService.Descriptor.FullName],
        _reflection.Answer(new() { ListServices = "*" }).ListServicesResponse.Service.Select(service => service.Name));

    [Theory]
    [InlineData("grpc.health.v1.Health")]
    [InlineData("grpc.health.v1.Health.Check")]
    [InlineData("grpc.health.v1.HealthCheckResponse")]
    [InlineData("grpc.health.v1.HealthCheckResponse.status")]
    [InlineData("grpc.health.v1.HealthCheckResponse.ServingStatus")]
    public void The_file_of_any_symbol_is_found(string symbol)
    {
        var answer = _reflection.Answer(new() { Host = "h", FileContainingSymbol = symbol });
        var file = FileDescriptorProto.Parser.ParseFrom(Assert.Single(answer.FileDescriptorResponse.FileDescriptorProto));

        Assert.Equal("grpc/health/v1/health.proto", file.Name);
        Assert.Equal(("h", symbol), (answer.ValidHost, answer.OriginalRequest.FileContainingSymbol));
    }

    [Fact]
    public void A_file_is_found_by_its_name() => Assert.Equal(
        TestService.Descriptor.File.SerializedData,
        _reflection.Answer(new() { FileByFilename = TestService.Descriptor.File.Name }).FileDescriptorResponse.FileDescriptorProto[0]);

    [Theory]
    [InlineData("name", 5)]
    [InlineData("symbol", 5)]
    [InlineData("extension", 12)]
    [InlineData("numbers", 12)]
    [InlineData("", 3)]
    public void What_is_not_there_is_answered_with_its_status(string what, int code)
    {
        var request = what switch
        {
            "name" => new ServerReflectionRequest { FileByFilename = "x.proto" },
            "symbol" => new ServerReflectionRequest { FileContainingSymbol = "x.Y" },
            "extension" => new ServerReflectionRequest { FileContainingExtension = new() },
            "numbers" => new ServerReflectionRequest { AllExtensionNumbersOfType = "x.Y" },
            _ => new ServerReflectionRequest(),
        };
        Assert.Equal(code, _reflection.Answer(request).ErrorResponse.ErrorCode);
    }

    [Fact]
    public async Task Both_versions_answer_each_request_on_one_stream()
    {
        await using var host = await GrpcHost.StartAsync(
            services: services => services.AddSingleton(_reflection).AddSingleton<ReflectionV1AlphaServiceImpl>(),
            map: app =>
            {
                app.MapGrpcService<ReflectionServiceImpl>();
                app.MapGrpcService<ReflectionV1AlphaServiceImpl>();
            });
        using var call = new ServerReflection.ServerReflectionClient(host.Channel()).ServerReflectionInfo(cancellationToken: TestContext.Current.CancellationToken);
        using var old = new Grpc.Reflection.V1Alpha.ServerReflection.ServerReflectionClient(host.Channel())
            .ServerReflectionInfo(cancellationToken: TestContext.Current.CancellationToken);
        for (var i = 0; i < 2; i++)
        {
            await call.RequestStream.WriteAsync(new() { ListServices = "" });
            await old.RequestStream.WriteAsync(new() { ListServices = "" });
            Assert.True(await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
            Assert.True(await old.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
            Assert.Equal(2, call.ResponseStream.Current.ListServicesResponse.Service.Count);
            Assert.Equal(2, old.ResponseStream.Current.ListServicesResponse.Service.Count);
        }

        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
    }
}
