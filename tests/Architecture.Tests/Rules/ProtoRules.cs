using Google.Protobuf.Reflection;

namespace Architecture.Tests.Rules;

/// <summary>The wire contract as the generated code has it.</summary>
internal static class ProtoRules
{
    /// <summary>Every field as <c>message number name type</c>, every value of an enum, and every method.</summary>
    public static IEnumerable<string> Describe(FileDescriptor file) =>
    [
        .. file.MessageTypes.SelectMany(Describe),
        .. file.EnumTypes.SelectMany(Describe),
        .. file.Services.SelectMany(service => service.Methods).Select(Describe),
    ];

    /// <summary>Rows that code and table do not share.</summary>
    public static IEnumerable<string> Differences(IEnumerable<string> table, IEnumerable<string> code)
    {
        var (expected, actual) = (table.ToHashSet(), code.ToHashSet());
        return
        [
            .. expected.Except(actual).Select(row => $"the code lacks: {row}"),
            .. actual.Except(expected).Select(row => $"the table lacks: {row}"),
        ];
    }

    private static IEnumerable<string> Describe(MessageDescriptor message) =>
    [
        .. message.Fields.InFieldNumberOrder().Select(Describe),
        .. message.EnumTypes.SelectMany(Describe),
        .. message.NestedTypes.Where(nested => !IsMapEntry(nested)).SelectMany(Describe),
    ];

    private static IEnumerable<string> Describe(EnumDescriptor type) =>
        type.Values.Select(value => $"{type.FullName} {value.Number} {value.Name} value");

    private static string Describe(MethodDescriptor method)
    {
        var input = (method.IsClientStreaming ? "stream " : "") + method.InputType.FullName;
        var output = (method.IsServerStreaming ? "stream " : "") + method.OutputType.FullName;
        return $"{method.FullName}({input}) {output}";
    }

    private static string Describe(FieldDescriptor field)
    {
        var repeated = field.IsRepeated && !field.IsMap ? "repeated " : "";
        var choice = field.RealContainingOneof is { } oneof ? $" in {oneof.Name}" : "";
        return $"{field.ContainingType.FullName} {field.FieldNumber} {field.Name} {repeated}{TypeOf(field)}{choice}";
    }

    private static string TypeOf(FieldDescriptor field) => field switch
    {
        { IsMap: true } => $"map<{TypeOf(field.MessageType.FindFieldByNumber(1))},{TypeOf(field.MessageType.FindFieldByNumber(2))}>",
        { FieldType: FieldType.Message } => field.MessageType.FullName,
        { FieldType: FieldType.Enum } => field.EnumType.FullName,
        _ => field.FieldType.ToString().ToLowerInvariant(),
    };

    private static bool IsMapEntry(MessageDescriptor message) => message.ContainingType.Fields.InDeclarationOrder().Any(
        field => field.IsMap && field.MessageType == message);
}
