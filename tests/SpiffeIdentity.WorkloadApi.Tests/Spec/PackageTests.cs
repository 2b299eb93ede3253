using System.Reflection;
using System.Runtime.CompilerServices;
using Xunit;

namespace SpiffeIdentity.WorkloadApi.Tests.Spec;

/// <summary>What users of the package get beside their own packages. That this project compiles, with the public types of
/// <c>Grpc.Core</c> in the same files as the library's, is the better part of the proof.</summary>
public sealed class PackageTests
{
    private static readonly Assembly Library = typeof(X509Source).Assembly;

    [Fact]
    public void The_gRPC_layer_inside_is_internal_and_has_a_name_of_its_own()
    {
        var inside = Library.GetTypes().Where(type => type.Namespace?.Contains(".Rpc.", StringComparison.Ordinal) is true).ToArray();
        Assert.Contains(inside, type => type.Name == "GrpcChannel");
        Assert.All(inside, type => Assert.False(type.IsVisible, type.FullName));
        Assert.DoesNotContain(Library.GetTypes(), type => type.Namespace?.StartsWith("Grpc", StringComparison.Ordinal) is true);
        Assert.NotEqual(Library, typeof(Grpc.Core.Metadata).Assembly);
    }

    [Fact]
    public void Nothing_that_is_public_names_gRPC_protobuf_or_a_message()
    {
        var named = Library.GetExportedTypes().SelectMany(type => type
            .GetMembers(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
            .Where(IsShown)
            .SelectMany(Types)
            .Append(type.BaseType ?? typeof(object))
            .Concat(type.GetInterfaces())
            .Select(used => (type, used)));
        Assert.All(named, pair => Assert.DoesNotMatch(@"^(Grpc|Google|Spiffe\.Wire|SpiffeIdentity\.WorkloadApi\.Rpc)", pair.used.FullName ?? pair.used.Name));
        Assert.All(Library.GetExportedTypes(), type => Assert.StartsWith("SpiffeIdentity.WorkloadApi", type.Namespace, StringComparison.Ordinal));
    }

    [Fact]
    public void The_library_needs_nothing_but_protobuf_the_framework_and_the_identity_library() => Assert.All(
        Library.GetReferencedAssemblies().Select(assembly => assembly.Name!),
        name => Assert.True(
            name is "Google.Protobuf" or "SpiffeIdentity" || name.StartsWith("System.", StringComparison.Ordinal)
            || name.StartsWith("Microsoft.AspNetCore.", StringComparison.Ordinal) || name.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal),
            name));

    // Both halves carry a call in this process: the library's client and the tests' server.
    [Fact]
    public void Both_layers_have_the_same_types_side_by_side()
    {
        var inside = Library.GetType("SpiffeIdentity.WorkloadApi.Rpc.Core.Metadata", throwOnError: true)!;
        Assert.NotSame(inside, typeof(Grpc.Core.Metadata));
        Assert.False(inside.IsPublic);
    }

    private static bool IsShown(MemberInfo member) => !member.IsDefined(typeof(CompilerGeneratedAttribute)) && member switch
    {
        MethodBase method => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly,
        FieldInfo field => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly,
        _ => false,
    };

    private static IEnumerable<Type> Types(MemberInfo member) => member switch
    {
        MethodInfo method => method.GetParameters().Select(parameter => parameter.ParameterType).Append(method.ReturnType).SelectMany(Open),
        MethodBase constructor => constructor.GetParameters().Select(parameter => parameter.ParameterType).SelectMany(Open),
        FieldInfo field => Open(field.FieldType),
        _ => [],
    };

    private static IEnumerable<Type> Open(Type type) => type.GetGenericArguments().SelectMany(Open).Append(type);
}
