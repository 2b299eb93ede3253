using System.IO;
using MeshCA.Authorities;
using MeshCA.Authorities.Plugin;
using MeshCA.Issuance;
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
    /// <summary>Every fault an exception reports; empty if it is about something else.</summary>
    public static IReadOnlyList<string> Of(Exception exception) => exception switch
    {
        OptionsValidationException e => [.. e.Failures],
        AggregateException e => [.. e.InnerExceptions.SelectMany(Of)],
        _ => [],
    };
}
