using AuthzEngine.Formats.Yaml;
using AuthzEngine.Formats.Yaml.Fields;
using AuthzEngine.Formats.Yaml.Nodes;

namespace AuthzEngine.Formats.Mesh;

/// <summary>A file that is one object: the mesh's settings, or an inventory.</summary>
internal static class MeshFile
{
    /// <summary>Reads it.</summary>
    /// <typeparam name="T">What it describes.</typeparam>
    /// <param name="source">File name, or another name of the source.</param>
    /// <param name="utf8">UTF-8; untrusted.</param>
    /// <param name="limits">How much is read.</param>
    /// <param name="read">Reads the object.</param>
    /// <returns>What it holds.</returns>
    public static MeshReadResult<T> Read<T>(
        string source, ReadOnlyMemory<byte> utf8, YamlLimits limits, Func<ObjectReader, T> read)
        where T : class
    {
        var (roots, fault) = YamlDocuments.Read(utf8, limits);
        if (fault is not null)
        {
            return new(null, [fault.ToFinding(source)]);
        }

        var findings = new FindingList(source, new FindingBudget());
        var objects = roots.Where(root => root is not YamlScalar { IsNull: true }).ToList();
        if (objects.Count > 1 || objects.FirstOrDefault() is not (null or YamlMapping))
        {
            findings.Error(YamlCodes.WrongType, objects[^1], FieldPath.Root, "the file must be one object");
            return new(null, findings.Findings);
        }

        var root = objects.FirstOrDefault() as YamlMapping ?? new YamlMapping { Line = 1, Column = 1, IsComplete = true };
        StructureCheck.Check(root, FieldPath.Root, findings);
        var value = read(new(root, FieldPath.Root, findings));
        return new(findings.Errors == 0 ? value : null, findings.Findings);
    }
}
