using System.IO;
using MeshCA.Authorities;
using MeshCA.Authorities.Plugin;
using MeshCA.Issuance;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace MeshCA.Hosting;

/// <summary>Tells faults of the environment, which are reported, from bugs, which are thrown.</summary>
internal static class StartFaults
{
    /// <summary>The refusal that an exception at start stands for; null for a bug.</summary>
    public static ServerStart.Refused? Of(Exception exception) => exception switch
    {
        PluginAuthorityException e => new(ServerStartError.Authorities, [$"plug-in authority: {e.Message}"]),
        KeySealException e => new(ServerStartError.Authorities, [e.Message]),
        JournalUnavailableException e => new(ServerStartError.Store, [e.Message]),
        OptionsValidationException e => new(ServerStartError.Configuration, [.. e.Failures]),

        // Kestrel wraps a port in use, or one that needs rights, in an IOException.
        IOException or System.Net.Sockets.SocketException => new(ServerStartError.Port, [exception.Message]),
        _ => null,
    };
}

/// <summary>Collects what is wrong with the settings.</summary>
internal static class ConfigurationFaults
{
    /// <summary>Every fault of one section.</summary>
    public static IReadOnlyList<string> Of<TOptions>(IServiceProvider services)
        where TOptions : class
    {
        try
        {
            _ = services.GetRequiredService<IOptions<TOptions>>().Value;
            return [];
        }
        catch (OptionsValidationException e)
        {
            return [.. e.Failures];
        }

        // What the binder throws on an unknown name or a value that does not parse.
        catch (InvalidOperationException e)
        {
            return [$"{e.Message} {e.InnerException?.Message}".TrimEnd()];
        }
    }
}
