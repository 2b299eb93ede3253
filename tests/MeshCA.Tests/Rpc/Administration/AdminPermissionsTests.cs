using System.Reflection;
using Google.Protobuf.Reflection;
using MeshCA.Rpc.Administration;
using MeshCA.Wire.Policies;
using Xunit;

namespace MeshCA.Tests.Rpc.Administration;

public sealed class AdminPermissionsTests
{
    private static IEnumerable<ServiceDescriptor> Services =>
        from type in typeof(PoliciesReflection).Assembly.GetTypes()
        where (type.Namespace ?? "").StartsWith("MeshCA.Wire", StringComparison.Ordinal)
        let descriptor = type.GetProperty("Descriptor", BindingFlags.Public | BindingFlags.Static)
        where descriptor?.PropertyType == typeof(FileDescriptor)
        from service in ((FileDescriptor)descriptor.GetValue(null)!).Services
        select service;

    [Fact]
    public void Every_method_of_every_service_for_administrators_has_a_row()
    {
        var services = Services.Where(service => service.File.Package == "meshca.admin.v1" || service.FullName == "meshca.policy.v1.PolicyAdministration");
        Assert.NotEmpty(services);
        Assert.All(services.SelectMany(Paths), path => Assert.True(AdminPermissions.All.ContainsKey(path), path));
    }

    [Fact]
    public void Every_row_is_of_a_method_that_there_is() =>
        Assert.Empty(AdminPermissions.All.Keys.Except(Services.SelectMany(Paths)));

    private static IEnumerable<string> Paths(ServiceDescriptor service) =>
        service.Methods.Select(method => $"/{service.FullName}/{method.Name}");
}
