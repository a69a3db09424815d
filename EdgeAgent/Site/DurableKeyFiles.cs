using System.Xml;
using System.Xml.Linq;
using BrightKitchen.EdgeAgent.Host;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace BrightKitchen.EdgeAgent.Site;

/// <summary>
/// Data protection keys in files that survive a power loss: each key is synced to disk before a camera password is encrypted with it.
/// </summary>
internal sealed class DurableKeyFiles(DirectoryInfo folder, ILoggerFactory loggers) : FileSystemXmlRepository(folder, loggers)
{
    /// <summary>Registers data protection with the keys that encrypt one edge agent's settings.</summary>
    /// <param name="folder">Created when missing.</param>
    public static void Add(IServiceCollection services, string folder)
    {
        System.IO.Directory.CreateDirectory(folder);
        services.AddDataProtection().SetApplicationName("bright-kitchen-box");
        services
            .AddOptions<KeyManagementOptions>()
            .Configure<ILoggerFactory>((keys, loggers) => keys.XmlRepository = new DurableKeyFiles(new(folder), loggers));
    }

    /// <summary>The readable keys: a file that a power loss emptied or truncated is skipped and does not hide the others.</summary>
    public override IReadOnlyCollection<XElement> GetAllElements() =>
        base.Directory.Exists ? [.. base.Directory.GetFiles("*.xml").Select(Read).OfType<XElement>()] : [];

    private static XElement? Read(FileInfo file)
    {
        try
        {
            return XElement.Load(file.FullName);
        }
        catch (XmlException)
        {
            return null;
        }
    }

    public override void StoreElement(XElement element, string friendlyName)
    {
        base.StoreElement(element, friendlyName);
        // The base class chooses the file name, so sync all files: one is added per quarter.
        foreach (var file in base.Directory.GetFiles("*.xml"))
        {
            using var written = file.Open(FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            written.Flush(flushToDisk: true);
        }

        Durable.SyncFolder(base.Directory.FullName);
    }
}
