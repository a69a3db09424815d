using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace BrightKitchen.CentralServer.Data.PostgresMigrations
{
    /// <inheritdoc />
    public partial class ListsAndVisitors : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "TicketHash",
                table: "Cases",
                type: "text",
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "IX_Findings_Kind_OpenedAt",
                table: "Findings",
                columns: new[] { "Kind", "OpenedAt" });

            migrationBuilder.CreateIndex(
                name: "IX_Findings_Open",
                table: "Findings",
                column: "OpenedAt",
                filter: "\"OverAt\" IS NULL");

            migrationBuilder.CreateIndex(
                name: "IX_Findings_Over",
                table: "Findings",
                column: "OpenedAt",
                filter: "\"OverAt\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_Findings_SiteId_Stage_OpenedAt",
                table: "Findings",
                columns: new[] { "SiteId", "Stage", "OpenedAt" });

            migrationBuilder.CreateIndex(
                name: "IX_Cases_DueAt",
                table: "Cases",
                column: "DueAt",
                filter: "\"Answer\" IS NULL");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_Findings_Kind_OpenedAt",
                table: "Findings");

            migrationBuilder.DropIndex(
                name: "IX_Findings_Open",
                table: "Findings");

            migrationBuilder.DropIndex(
                name: "IX_Findings_Over",
                table: "Findings");

            migrationBuilder.DropIndex(
                name: "IX_Findings_SiteId_Stage_OpenedAt",
                table: "Findings");

            migrationBuilder.DropIndex(
                name: "IX_Cases_DueAt",
                table: "Cases");

            migrationBuilder.DropColumn(
                name: "TicketHash",
                table: "Cases");
        }
    }
}
