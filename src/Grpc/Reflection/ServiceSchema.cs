using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Grpc.Reflection;

/// <summary>What the files of some services say, by file and by name.</summary>
internal sealed class ServiceSchema
{
    private readonly Dictionary<string, FileDescriptor> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FileDescriptor> _symbols = new(StringComparer.Ordinal);

    /// <summary>Takes services.</summary>
    /// <param name="services">The services.</param>
    public ServiceSchema(IEnumerable<ServiceDescriptor> services)
    {
        var all = services.ToList();
        Services = [.. all.Select(service => service.FullName).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        all.ForEach(service => Add(service.File));
    }

    /// <summary>The full names of the services, in order.</summary>
    public IReadOnlyList<string> Services { get; }

    /// <summary>Finds a file and all that it imports.</summary>
    /// <param name="name">Its name, as imports say it.</param>
    /// <returns>The files, the one meant first; null where there is none of the name.</returns>
    public IReadOnlyList<ByteString>? FindFile(string name) => _files.TryGetValue(name, out var file) ? WithImports(file) : null;

    /// <summary>Finds the file of a service, method, message, field or enum.</summary>
    /// <param name="name">Its full name.</param>
    /// <returns>The files, the one meant first; null where there is nothing of the name.</returns>
    public IReadOnlyList<ByteString>? FindSymbol(string name) => _symbols.TryGetValue(name, out var file) ? WithImports(file) : null;

    private static List<ByteString> WithImports(FileDescriptor file)
    {
        var found = new List<FileDescriptor> { file };
        for (var i = 0; i < found.Count; i++)
        {
            found.AddRange(found[i].Dependencies.Where(import => !found.Contains(import)));
        }

        return [.. found.Select(each => each.SerializedData)];
    }

    private void Add(FileDescriptor file)
    {
        if (!_files.TryAdd(file.Name, file))
        {
            return;
        }

        foreach (var service in file.Services)
        {
            _symbols.TryAdd(service.FullName, file);
            foreach (var method in service.Methods)
            {
                _symbols.TryAdd(method.FullName, file);
            }
        }

        foreach (var message in file.MessageTypes)
        {
            Add(message);
        }

        foreach (var type in file.EnumTypes)
        {
            _symbols.TryAdd(type.FullName, file);
        }

        foreach (var import in file.Dependencies)
        {
            Add(import);
        }
    }

    private void Add(MessageDescriptor message)
    {
        _symbols.TryAdd(message.FullName, message.File);
        foreach (var field in message.Fields.InDeclarationOrder())
        {
            _symbols.TryAdd(field.FullName, message.File);
        }

        foreach (var type in message.EnumTypes)
        {
            _symbols.TryAdd(type.FullName, message.File);
        }

        foreach (var nested in message.NestedTypes)
        {
            Add(nested);
        }
    }
}
