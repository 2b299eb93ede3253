using Google.Protobuf.Reflection;

namespace Architecture.Tests.Rules;

/// <summary>The wire contract as the generated code has it.</summary>
internal static class ProtoRules
{
    /// <summary>Every field and method, as <c>message number name type</c>.</summary>
    public static IEnumerable<string> Describe(FileDescriptor file)
    {
        foreach (var field in file.MessageTypes.SelectMany(message => message.Fields.InFieldNumberOrder()))
        {
            yield return Describe(field);
        }

        foreach (var method in file.Services.SelectMany(service => service.Methods))
        {
            var input = (method.IsClientStreaming ? "stream " : "") + method.InputType.FullName;
            var output = (method.IsServerStreaming ? "stream " : "") + method.OutputType.FullName;
            yield return $"{method.FullName}({input}) {output}";
        }
    }

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

    private static string Describe(FieldDescriptor field)
    {
        var type = field.FieldType == FieldType.Message ? field.MessageType.FullName : field.FieldType.ToString().ToLowerInvariant();
        return $"{field.ContainingType.FullName} {field.FieldNumber} {field.Name} {(field.IsRepeated ? "repeated " : "")}{type}";
    }
}
