using System.Reflection;
using System.Runtime.CompilerServices;

namespace Architecture.Tests.Rules;

/// <summary>What an assembly shows to others, one line per member.</summary>
internal static class PublicSurface
{
    private const BindingFlags Shown =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>The lines, in a fixed order.</summary>
    public static IEnumerable<string> Of(IEnumerable<Type> types) =>
        from type in types
        where type.IsVisible
        orderby type.FullName
        from line in Members(type).Order(StringComparer.Ordinal).Prepend($"{Kind(type)} {Name(type)}")
        select line;

    private static IEnumerable<string> Members(Type type) =>
        type.GetMembers(Shown).Where(IsShown).Select(member => $"  {Name(type)}.{Describe(member)}");

    private static bool IsShown(MemberInfo member) => member switch
    {
        MethodBase method when method.IsDefined(typeof(CompilerGeneratedAttribute)) => false, // of records: they follow from the rest
        MethodBase { IsSpecialName: true } and not ConstructorInfo => member.Name.StartsWith("op_", StringComparison.Ordinal),
        MethodBase method => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly,
        FieldInfo field => (field.IsPublic || field.IsFamily) && !field.IsSpecialName,
        PropertyInfo property => property.GetAccessors(nonPublic: true).Any(accessor => accessor.IsPublic || accessor.IsFamily),
        EventInfo => true,
        _ => false,
    };

    private static string Describe(MemberInfo member) => member switch
    {
        FieldInfo { IsLiteral: true } field => $"{field.Name} = {field.GetRawConstantValue()}",
        FieldInfo field => $"{field.Name} : {Name(field.FieldType)}",
        PropertyInfo property =>
            $"{property.Name} {{{(property.GetMethod is { IsPublic: true } ? " get;" : "")}{(property.SetMethod is { IsPublic: true } ? " set;" : "")} }} : {Name(property.PropertyType)}",
        MethodInfo method => $"{(method.IsStatic ? "static " : "")}{method.Name}({Parameters(method)}) : {Name(method.ReturnType)}",
        ConstructorInfo constructor => $"new({Parameters(constructor)})",
        _ => member.Name,
    };

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter =>
        $"{(parameter.IsOut ? "out " : "")}{Name(parameter.ParameterType)} {parameter.Name}"));

    private static string Kind(Type type) => type switch
    {
        { IsEnum: true } => "enum",
        { IsInterface: true } => "interface",
        { IsValueType: true } => "struct",
        { IsAbstract: true, IsSealed: true } => "static class",
        { IsAbstract: true } => "abstract class",
        { IsSealed: true } => "sealed class",
        _ => "class",
    };

    private static string Name(Type type) => type switch
    {
        { IsByRef: true } => Name(type.GetElementType()!),
        { IsArray: true } => Name(type.GetElementType()!) + "[]",
        { IsGenericType: true } =>
            $"{type.Namespace}.{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>",
        _ => type.FullName ?? type.Name,
    };
}
