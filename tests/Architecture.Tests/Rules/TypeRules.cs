using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Architecture.Tests.Rules;

/// <summary>Rules over compiled types.</summary>
internal static partial class TypeRules
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>A class that is parsed cannot be made, nor changed, without the parser.</summary>
    /// <remarks>Structs always have their default; house-style B4 has those documented instead.</remarks>
    public static IEnumerable<string> ValidatedTypesHaveNoBackDoor(IEnumerable<Type> types)
    {
        foreach (var type in types.Where(IsValidated))
        {
            if (type.GetConstructors(Declared).Any(constructor => !constructor.IsStatic && !constructor.IsPrivate && !constructor.IsFamily))
            {
                yield return $"{type.FullName}: is parsed, but has a constructor that others can call";
            }

            foreach (var property in type.GetProperties(Declared).Where(property => property.SetMethod is { IsPrivate: false }))
            {
                yield return $"{type.FullName}.{property.Name}: is parsed, but can be set";
            }
        }
    }

    /// <summary>What holds a private key or a token is no record: its printed form would show it.</summary>
    public static IEnumerable<string> KeyHoldersAreNoRecords(IEnumerable<Type> types) =>
        from type in types
        where type.GetMethod("PrintMembers", Declared) is not null && !PrintsByHand(type)
        from property in type.GetProperties(Declared)
        where property.Name != "EqualityContract" && IsSecret(property)
        select $"{type.FullName}: is a record and shows {property.Name} when printed";

    /// <summary>Whoever calls something that waits can end the wait.</summary>
    /// <remarks>The context of a call, request or handshake carries its token; what others declare is theirs.</remarks>
    public static IEnumerable<string> AsyncMethodsEndInAToken(IEnumerable<Type> types) =>
        from type in types
        from method in type.GetMethods(Declared)
        where !method.IsPrivate && !method.IsSpecialName && IsAwaitable(method.ReturnType) && !IsGenerated(method)
        where method.GetBaseDefinition() == method && !ImplementsForeignInterface(type, method)
        let parameters = method.GetParameters()
        where parameters.LastOrDefault()?.ParameterType != typeof(CancellationToken)
            && !parameters.Any(parameter => CarriesAToken(parameter.ParameterType))
        select $"{type.FullName}.{method.Name}: does not end in a CancellationToken";

    /// <summary>Every section's options have a validator and are validated before the first port opens.</summary>
    /// <param name="types">All types.</param>
    /// <param name="files">The sources in which they are registered.</param>
    public static IEnumerable<string> OptionsAreValidatedOnStart(IReadOnlyList<Type> types, IReadOnlyList<SourceFile> files)
    {
        // ValidateOnStart itself, or an extension of ours that calls it.
        var callers = string.Join('|', files
            .SelectMany(file => ValidatingExtension().Matches(file.Code)).Select(match => match.Groups["name"].Value)
            .Prepend("ValidateOnStart"));
        foreach (var options in types.Where(type => type.Name.EndsWith("Options", StringComparison.Ordinal) && type.GetField("Section", Declared) is not null))
        {
            if (!types.Any(type => type.IsAssignableTo(typeof(IValidateOptions<>).MakeGenericType(options))))
            {
                yield return $"{options.FullName}: has no validator";
            }

            var registered = new Regex(
                $@"AddOptions<{options.Name}>[^;]*\.({callers})\(|AddOptionsWithValidateOnStart<{options.Name}\b");
            if (!files.Any(file => registered.IsMatch(file.Code)))
            {
                yield return $"{options.FullName}: is not validated on start";
            }
        }
    }

    /// <summary>No two log messages have the same number.</summary>
    public static IEnumerable<string> EventNumbersAreUnique(IEnumerable<Type> types) =>
        from message in LogMessages(types)
        group message.Method.Name by message.Attribute.EventId into messages
        where messages.Count() > 1
        select $"event {messages.Key}: used by {string.Join(" and ", messages)}";

    /// <summary>Every log message: its number, level, name and text.</summary>
    public static IEnumerable<string> EventNumbers(IEnumerable<Type> types) =>
        from message in LogMessages(types)
        orderby message.Attribute.EventId, message.Method.Name
        select $"{message.Attribute.EventId} {message.Attribute.Level} {message.Method.Name}: {message.Attribute.Message}";

    /// <summary>The service shows nothing to other assemblies.</summary>
    public static IEnumerable<string> NothingIsPublic(IEnumerable<Type> types) =>
        from type in types
        where type.IsVisible && type.FullName!.StartsWith("MeshCA.", StringComparison.Ordinal)
        select $"{type.FullName}: is public";

    private static IEnumerable<(MethodInfo Method, LoggerMessageAttribute Attribute)> LogMessages(IEnumerable<Type> types) =>
        from type in types
        from method in type.GetMethods(Declared)
        let attribute = method.GetCustomAttribute<LoggerMessageAttribute>()
        where attribute is not null
        select (method, attribute);

    private static bool IsValidated(Type type) =>
        type.IsClass && type.GetMethods(Declared).Any(method =>
            method is { IsStatic: true, IsPrivate: false, Name: "TryParse" or "TryParsePem" or "TryParseDer" }
            && method.GetParameters().Any(parameter => parameter.IsOut && parameter.ParameterType.GetElementType() == type));

    // Who wrote the printed form himself chose what it shows.
    private static bool PrintsByHand(Type type) =>
        type.GetMethod(nameof(ToString), Declared, []) is { } method && !method.IsDefined(typeof(CompilerGeneratedAttribute));

    private static bool IsSecret(PropertyInfo property) =>
        property.PropertyType.IsAssignableTo(typeof(AsymmetricAlgorithm))
        || property.PropertyType.IsAssignableTo(typeof(SafeHandle))
        || SecretName().IsMatch(property.Name);

    private static bool IsAwaitable(Type type) =>
        type.IsAssignableTo(typeof(Task))
        || type == typeof(ValueTask)
        || (type.IsGenericType && type.GetGenericTypeDefinition() is var generic
            && (generic == typeof(ValueTask<>) || generic == typeof(IAsyncEnumerable<>)));

    private static bool CarriesAToken(Type context) =>
        context.GetProperties().Any(property => property.PropertyType == typeof(CancellationToken));

    private static bool IsGenerated(MemberInfo member) =>
        member.Name.StartsWith('<') || member.IsDefined(typeof(CompilerGeneratedAttribute))
        || member.DeclaringType!.FullName!.Contains('<', StringComparison.Ordinal);

    private static bool ImplementsForeignInterface(Type type, MethodInfo method) =>
        !type.IsInterface && type.GetInterfaces().Any(contract => contract.Assembly != type.Assembly
            && type.GetInterfaceMap(contract).TargetMethods.Contains(method));

    [GeneratedRegex(@"\b(?<name>\w+)<\w+>\s*\(\s*this OptionsBuilder<[^;}]*\.ValidateOnStart\(\)")]
    private static partial Regex ValidatingExtension();

    [GeneratedRegex(@"PrivateKey|Password|Secret(?!or)|Pkcs8|^Token$|BearerToken|KeyEncryptionKey")]
    private static partial Regex SecretName();
}
