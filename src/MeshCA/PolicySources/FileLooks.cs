using System.IO;
using MeshCA.Configuration;
using MeshCA.Policies;

namespace MeshCA.PolicySources;

/// <summary>Looks at all configured files; nothing is made of them here. One caller at a time.</summary>
/// <param name="options">Where they are.</param>
/// <param name="stored">What an earlier run took of them.</param>
/// <param name="clock">The clock.</param>
internal sealed class FileLooks(PolicyOptions options, StoredPolicies stored, TimeProvider clock)
{
    private readonly PolicyDirectory _directory = new(options);
    private readonly QuietFiles _quiet = new(options.Debounce, stored.Texts, clock);

    /// <summary>Whether another look after the quiet time may find more.</summary>
    public bool WantsLook => _quiet.WantsLook;

    /// <summary>Looks at them.</summary>
    /// <returns>What there is; null while some file is being written.</returns>
    public FileLook? Look()
    {
        _quiet.Begin();
        var look = new FileLook(
            Judge(options.MeshFile), Judge(options.InventoryFile), options.Directory.Length > 0 ? Judge(_directory.Read()) : null);
        return _quiet.IsWaiting ? null : look;
    }

    private FileReading? Judge(string path) => path.Length > 0 ? _quiet.Judge(path, PolicyFile.Read(path)) : null;

    private DirectoryListing Judge(DirectoryListing listing)
    {
        if (listing is not DirectoryListing.Listed(var files))
        {
            return listing;
        }

        var judged = files.Select(file => (file.Name, Reading: _quiet.Judge(PathOf(file.Name), file.Reading))).ToList();
        var present = judged.Select(file => PathOf(file.Name)).Append(options.MeshFile).Append(options.InventoryFile).ToHashSet(StringComparer.Ordinal);
        _quiet.JudgeAbsent(present.Contains);
        return new DirectoryListing.Listed(judged);
    }

    private string PathOf(string name) => Path.Combine(options.Directory, name);
}

/// <summary>What one look at the files gave.</summary>
/// <param name="Mesh">The mesh's settings; null: no file is configured.</param>
/// <param name="Inventory">The inventory; null likewise.</param>
/// <param name="Directory">The directory; null likewise.</param>
internal sealed record FileLook(FileReading? Mesh, FileReading? Inventory, DirectoryListing? Directory);
