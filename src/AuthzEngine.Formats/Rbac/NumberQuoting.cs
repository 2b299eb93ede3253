using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.EventEmitters;

namespace AuthzEngine.Formats.Rbac;

/// <summary>Quotes every text that begins as a number may: YAML 1.1 and 1.2 know more numbers than the serializer (1e3).</summary>
internal sealed class NumberQuoting(IEventEmitter next) : ChainedEventEmitter(next)
{
    /// <inheritdoc/>
    public override void Emit(ScalarEventInfo eventInfo, IEmitter emitter)
    {
        if (eventInfo.Source.Value is string and [(>= '0' and <= '9') or '.' or '+' or '-', ..])
        {
            eventInfo.Style = ScalarStyle.SingleQuoted;
        }

        base.Emit(eventInfo, emitter);
    }
}
