using System.CommandLine;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using MeshCA.Configuration;
using Microsoft.Extensions.Configuration;

namespace MeshCA.Admin;

/// <summary>The options by which a verb finds a store: the same settings the server reads.</summary>
internal sealed class StoreParameters
{
    private readonly Option<string> _config = new("--config", "-c") { Description = "JSON file with the server's settings" };

    private readonly Option<string[]> _set = new("--set", "-s")
    {
        Description = "One setting as Section:Key=value; may be repeated",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string> _data = new("--data", "-d")
    {
        Description = "Directory of the store, the same as Storage:DirectoryPath (default: /var/lib/meshca)",
    };

    /// <summary>All of them.</summary>
    public IReadOnlyList<Symbol> All => [_config, _set, _data];

    /// <summary>The storage settings they give.</summary>
    /// <param name="arguments">The parsed command line.</param>
    /// <param name="options">The settings, or null.</param>
    /// <param name="fault">What is wrong, or null.</param>
    public bool TryRead(
        ParseResult arguments, [NotNullWhen(true)] out StorageOptions? options, [NotNullWhen(false)] out string? fault)
    {
        options = null;
        var assignments = arguments.GetRequiredValue(_set).ToList();
        if (arguments.GetValue(_data) is { } data)
        {
            assignments.Insert(0, $"{StorageOptions.Section}:{nameof(StorageOptions.DirectoryPath)}={Path.GetFullPath(data)}");
        }

        var file = arguments.GetValue(_config) is { } config ? Path.GetFullPath(config) : null;
        if (!Settings.TryGather(new Dictionary<string, string?>(), file, assignments, out var settings, out fault))
        {
            return false;
        }

        var read = new StorageOptions();
        var section = settings.GetSection(StorageOptions.Section);
        try
        {
            section.Bind(read, binder => binder.ErrorOnUnknownConfiguration = true);
        }

        // What the binder throws on an unknown name, or a value that does not parse.
        catch (InvalidOperationException e)
        {
            fault = string.Join(' ', StrictBinding.Explain<StorageOptions>(section, e));
            return false;
        }

        // Where no key is named, the one that a development server leaves beside its store; a store in use never gets a new one.
        read.CreateKeyEncryptionKey |= string.IsNullOrEmpty(read.KeyEncryptionKeyFile) && string.IsNullOrEmpty(read.KeyEncryptionKeyVariable);
        var faults = new List<ValidationResult>();
        if (!Validator.TryValidateObject(read, new ValidationContext(read), faults, validateAllProperties: true))
        {
            fault = string.Join(' ', faults.Select(f => f.ErrorMessage));
            return false;
        }

        options = read;
        return true;
    }
}
